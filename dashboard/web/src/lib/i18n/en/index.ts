/** The English messages, complete by type: an area of the page, a file. */

import account from './account.json';
import caseload from './caseload.json';
import device from './device.json';
import fleet from './fleet.json';
import patient from './patient.json';
import people from './people.json';
import privacy from './privacy.json';
import sets from './sets.json';
import shell from './shell.json';
import wearer from './wearer.json';
import places from '$words/en/places.json';

export default { ...account, ...caseload, ...device, ...fleet, ...patient, ...people, ...privacy, ...sets, ...shell, ...wearer, ...places };
