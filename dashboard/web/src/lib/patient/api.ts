/** What the patient page and the prescribing form ask for, beside what every page does. */

import { ask, id, query } from '$lib/api/client';
import type { components } from '$lib/api/openapi';
import type { NewPrescription, Prescription, SetRecord } from '$lib/api/types';

type Schemas = components['schemas'];

export type Month = Schemas['CalendarOut'];
export type Day = Schemas['CalendarDay'];
export type Note = Schemas['NoteOut'];
export type NewNote = Pick<Schemas['NoteIn'], 'body'> & Partial<Schemas['NoteIn']>;
export type Message = Schemas['MessageOut'];
export type Advice = Schemas['AdviceOut'];
export type Programme = Schemas['ProgrammeOut'];
export type Programmes = Schemas['ProgrammesOut'];
export type ProgrammeItem = Schemas['ProgrammeItem'];
export type ProgrammeApply = Pick<Schemas['ProgrammeApply'], 'programme_id'> & Partial<Schemas['ProgrammeApply']>;
export type Mode = Schemas['Mode'];

export interface NewTemplate {
  name: string;
  mode: Mode;
  items: readonly NewPrescription[];
}

/** Files of a person's record; the browser keeps them. */
export const recordUrl = (person: string, file: 'report.pdf' | 'sets.csv' | 'reps.csv' | 'sets.ndjson' | 'fhir', more: Record<string, string> = {}): string =>
  `/api/people/${id(person)}/${file}${query(more)}`;

export const patientApi = {
  month: (person: string, month?: string) => ask<Month>('GET', `/api/people/${id(person)}/calendar${query({ month })}`),
  notes: (person: string) => ask<Note[]>('GET', `/api/people/${id(person)}/notes`),
  addNote: (person: string, note: NewNote) => ask<Note>('POST', `/api/people/${id(person)}/notes`, note),
  deleteNote: (note: string) => ask<undefined>('DELETE', `/api/notes/${id(note)}`),
  messages: (person: string) => ask<Message[]>('GET', `/api/people/${id(person)}/messages`),
  sendMessage: (person: string, body: string) => ask<Message>('POST', `/api/people/${id(person)}/messages`, { body }),
  unlabelled: (person: string) =>
    ask<{ sets: SetRecord[] }>('GET', `/api/sets${query({ person, exercise: 'unknown', limit: 20 })}`).then((x) => x.sets),
  advice: (person: string) => ask<Advice[]>('GET', `/api/people/${id(person)}/advice`),
  apply: (prescription: string, body: { step: string; version: number; band_label?: string }) =>
    ask<Prescription>('POST', `/api/prescriptions/${id(prescription)}/advice`, body),
  programmes: () => ask<Programmes>('GET', '/api/programmes'),
  prescribeProgramme: (person: string, body: ProgrammeApply) => ask<Prescription[]>('POST', `/api/people/${id(person)}/programmes`, body),
  addTemplate: (body: NewTemplate) => ask<Programme>('POST', '/api/programmes', body),
  archiveTemplate: (programme: string) => ask<Programme>('DELETE', `/api/programmes/${id(programme)}`),
  history: (person: string) => ask<Prescription[]>('GET', `/api/people/${id(person)}/prescriptions${query({ history: 'true' })}`),
};
