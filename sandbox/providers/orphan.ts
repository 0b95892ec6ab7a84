/** Ends this process when the engine that started it is gone, killed perhaps: nobody else would. */
export function endWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, 1000).unref();
}
