package dev.mor4j.cli.bench;

import java.io.IOException;

/** Shows rows as they come. */
public sealed interface BenchOutput permits BenchTable, BenchJson {

  /** Before the first row. */
  void begin() throws IOException;

  /** The next row. */
  void row(BenchRow row) throws IOException;

  /** After the last row. */
  void end() throws IOException;
}
