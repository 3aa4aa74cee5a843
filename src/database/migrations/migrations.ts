import { Beginning1795300000000 } from './1795300000000-beginning.js';
import { AuditChain1795420000000 } from './1795420000000-audit-chain.js';

export const migrations = [Beginning1795300000000, AuditChain1795420000000];
