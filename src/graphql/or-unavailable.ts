import { isDatabaseUnavailable } from '../database/unavailable.js';
import { serviceUnavailable } from './caller-error.js';

/** What the work answers; where the database can't do it now, SERVICE_UNAVAILABLE. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isDatabaseUnavailable(error) ? serviceUnavailable(error) : error;
  }
}
