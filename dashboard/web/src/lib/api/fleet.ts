/** The clinic's bridges and homes; at home, how it stands with its clinic. */

import { ask } from './client';
import type { components } from './openapi';

type S = components['schemas'];
export type Home = S['HomeOut'];
export type Code = S['CodeOut'];
export type Conflict = S['Conflict'];
export type ClinicLink = S['ClinicLink'];

const id = encodeURIComponent;

export const fleet = {
  homes: () => ask<Home[]>('GET', '/api/homes'),
  code: (person: string) => ask<Code>('POST', `/api/people/${id(person)}/pairing-code`),
  revoke: (home: string) => ask<Home>('POST', `/api/homes/${id(home)}/revoke`),
  conflicts: (home: string) => ask<Conflict[]>('GET', `/api/homes/${id(home)}/conflicts`),
  saw: (home: string) => ask<undefined>('POST', `/api/homes/${id(home)}/conflicts/seen`),
  link: () => ask<ClinicLink>('GET', '/api/clinic'),
};
