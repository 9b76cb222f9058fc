// Of node:tty, what debug uses: whether it may write colours. Never: what it formats goes through host.stderr, and to logs.
export function isatty(): boolean {
  return false;
}
