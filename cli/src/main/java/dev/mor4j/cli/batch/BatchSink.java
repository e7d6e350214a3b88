package dev.mor4j.cli.batch;

import java.io.IOException;

/** Receives the results of a batch in the order of its prompts. */
interface BatchSink {
  /** Writes one result without delay. */
  void write(BatchResult result) throws IOException;
}
