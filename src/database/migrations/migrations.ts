import { Beginning1795300000000 } from './1795300000000-beginning.js';
import { RateLimit1795400000000 } from './1795400000000-rate-limit.js';
import { Credentials1795410000000 } from './1795410000000-credentials.js';
import { AuditChain1795420000000 } from './1795420000000-audit-chain.js';

export const migrations = [
  Beginning1795300000000,
  RateLimit1795400000000,
  Credentials1795410000000,
  AuditChain1795420000000,
];
