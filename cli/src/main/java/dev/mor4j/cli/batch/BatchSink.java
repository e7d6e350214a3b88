package dev.mor4j.cli.batch;

import java.io.IOException;

/** Takes the results of many prompts, in their order. */
interface BatchSink {
  /** Puts one result out at once. */
  void write(BatchResult result) throws IOException;
}
