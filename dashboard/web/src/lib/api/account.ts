/** The routes of accounts. */

import { ask, type ApiError } from './client';
import type { components } from './openapi';

type S = components['schemas'];
export type Me = S['MeOut'];
export type Action = Me['actions'][number];
export type Qr = S['QrOut'];
export type Join = S['JoinOut'];
export type Consent = S['ConsentOut'];
export type WearerAccess = S['WearerAccessOut'];
export type StaffList = S['StaffListOut'];
export type Session = S['SessionOut'];
export type Token = S['TokenOut'];
export type NewToken = S['NewTokenOut'];
export type Clinic = S['ClinicOut'];
export type Link = S['LinkOut'];

export type Standing = S['StandingOut'];
export type Rights = S['RightsOut'];
export type Agreement = S['AgreementOut'];
export type Act = S['ActOut'];
export type Erased = S['ErasedOut'];
export type HomeErasure = S['HomeErasureOut'];

/** What of the access log: whose data, who, seen or changed, from and up to. */
export interface AuditFilter {
  person_id?: string | undefined;
  by?: string | undefined;
  what?: 'looks' | 'changes' | undefined;
  start_us?: number | undefined;
  end_us?: number | undefined;
}

const id = encodeURIComponent;
const auditQuery = (filter: AuditFilter): string =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => [name, String(value)])).toString();

export const account = {
  erasedAtHomes: () => ask<HomeErasure[]>('GET', '/api/erasures/homes'),
  me: () => ask<Me>('GET', '/api/me'),
  logIn: (login: string, password: string) => ask<undefined>('POST', '/api/session', { login, password }),
  secondFactor: (code: string) => ask<undefined>('POST', '/api/session/second-factor', { code }),
  logOut: () => ask<undefined>('DELETE', '/api/session'),
  offerSecondFactor: (code?: string) => ask<S['SecondFactorOut']>('POST', '/api/me/second-factor', code ? { code } : {}),
  confirmSecondFactor: (code: string) => ask<S['RecoveryOut']>('PUT', '/api/me/second-factor', { code }),
  changePassword: (old: string, fresh: string) => ask<undefined>('PUT', '/api/me/password', { old, new: fresh }),
  sessions: () => ask<Session[]>('GET', '/api/me/sessions'),
  endSession: (session: string) => ask<undefined>('DELETE', `/api/me/sessions/${id(session)}`),
  tokens: () => ask<Token[]>('GET', '/api/me/tokens'),
  makeToken: (name: string, actions: Action[], days: number) => ask<NewToken>('POST', '/api/me/tokens', { name, actions, days }),
  revokeToken: (token: string) => ask<undefined>('DELETE', `/api/me/tokens/${id(token)}`),
  look: (key: string) => ask<S['InvitationOut']>('POST', '/api/join/look', { key }),
  joinWearer: (key: string, code: string) => ask<undefined>('POST', '/api/join/wearer', { key, code }),
  joinStaff: (key: string, password: string, login?: string) => ask<undefined>('POST', '/api/join/staff', login ? { key, password, login } : { key, password }),
  consent: () => ask<Consent>('GET', '/api/consent'),
  agree: (version: string, language: string) => ask<undefined>('POST', '/api/consent', { version, language }),
  leave: (erase: boolean) => ask<undefined>('POST', '/api/consent/withdrawal', { erase }),
  invite: (person: string) => ask<Join>('POST', `/api/people/${id(person)}/invitation`),
  devices: (person: string) => ask<WearerAccess>('GET', `/api/people/${id(person)}/devices`),
  logOff: (person: string, device: string) => ask<undefined>('DELETE', `/api/people/${id(person)}/devices/${id(device)}`),
  staff: () => ask<StaffList>('GET', '/api/staff'),
  inviteStaff: (name: string, role: 'physio' | 'clinic_admin') => ask<Link>('POST', '/api/staff/invitations', { name, role }),
  takeBack: (invitation: string) => ask<undefined>('DELETE', `/api/staff/invitations/${id(invitation)}`),
  switchStaff: (who: string, disabled: boolean) => ask<undefined>('PATCH', `/api/staff/${id(who)}`, { disabled }),
  resetSecondFactor: (who: string) => ask<undefined>('DELETE', `/api/staff/${id(who)}/second-factor`),
  passwordLink: (who: string) => ask<Link>('POST', `/api/staff/${id(who)}/password-link`),
  looks: (person: string) => ask<S['LookOut'][]>('GET', `/api/people/${id(person)}/audit`),
  erase: (person: string, name: string) => ask<Erased>('POST', `/api/people/${id(person)}/erasure`, { name }),
  rights: () => ask<Standing[]>('GET', '/api/rights'),
  rightsOf: (person: string) => ask<Rights>('GET', `/api/people/${id(person)}/rights`),
  audit: (filter: AuditFilter) => ask<Act[]>('GET', `/api/audit?${auditQuery(filter)}`),
  auditUrl: (form: 'csv' | 'ndjson', filter: AuditFilter) => `/api/audit.${form}?${auditQuery(filter)}`,
  trust: () => ask<S['TrustOut']>('GET', '/api/trust'),
  exportUrl: (person: string) => `/api/people/${id(person)}/export.zip`,
  clinics: () => ask<Clinic[]>('GET', '/api/clinics'),
  addClinic: (name: string, time_zone: string) => ask<S['NewClinicOut']>('POST', '/api/clinics', { name, time_zone }),
};

/** Seconds to wait, when it was too many attempts. */
export function waitS(error: ApiError): number | null {
  return error.reason === 'too_many_attempts' ? Number(/\d+/.exec(error.message)?.[0] ?? 60) : null;
}
