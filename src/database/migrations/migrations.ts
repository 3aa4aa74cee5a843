import { Beginning1795300000000 } from './1795300000000-beginning.js';

export const migrations = [Beginning1795300000000];
