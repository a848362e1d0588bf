/**
 * Ends this process once whoever reads its output has all of it. `process.exit` alone forgets what does not fit into a pipe
 * yet (64 KiB on Linux): a slow reader would get the beginning, and a code that says that all went well.
 */
export async function endProcess(code: number): Promise<never> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.end(() => resolve()))),
  );
  process.exit(code);
}
