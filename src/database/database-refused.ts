/** A database that cannot be served from, with one line that says why. */
export class DatabaseRefused extends Error {}
