/** More is waiting already than is taken on, or it has waited too long: it was not begun, and nothing of it is stored. */
export class ServiceBusy extends Error {
  override readonly name = 'ServiceBusy';
  /** When it is worth trying again. */
  readonly retryAfterSeconds = 1;

  constructor(reason: string) {
    super(`The service is busy: ${reason}; nothing of this was stored, try again in a moment`);
  }
}
