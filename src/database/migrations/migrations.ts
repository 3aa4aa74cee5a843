import { Beginning1795300000000 } from './1795300000000-beginning.js';
import { Credentials1795410000000 } from './1795410000000-credentials.js';

export const migrations = [Beginning1795300000000, Credentials1795410000000];
