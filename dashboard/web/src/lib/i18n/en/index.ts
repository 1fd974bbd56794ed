/** The English messages, complete by type: an area of the page, a file. */

import account from './account.json';
import caseload from './caseload.json';
import fleet from './fleet.json';
import patient from './patient.json';
import people from './people.json';
import sets from './sets.json';
import shell from './shell.json';
import wearer from './wearer.json';
import places from '$words/en/places.json';

export default { ...account, ...caseload, ...fleet, ...patient, ...people, ...sets, ...shell, ...wearer, ...places };
