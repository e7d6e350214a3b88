package dev.mor4j.cli.bench;

import java.io.IOException;

/** Prints rows as they are measured. */
public sealed interface BenchOutput permits BenchTable, BenchJson {

  /** Called before the first row. */
  void begin() throws IOException;

  /** Prints a row. */
  void row(BenchRow row) throws IOException;

  /** Called after the last row. */
  void end() throws IOException;
}
