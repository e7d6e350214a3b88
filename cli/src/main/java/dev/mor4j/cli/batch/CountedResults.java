package dev.mor4j.cli.batch;

import dev.mor4j.cli.output.CountBar;
import java.io.IOException;

/** Passes results on and shows their number on a progress bar. */
final class CountedResults implements BatchSink, AutoCloseable {
  private final BatchSink target;
  private final CountBar bar;
  private int count;

  /**
   * Creates a counter.
   *
   * @param known number of results that exist already
   */
  CountedResults(BatchSink target, int known, CountBar bar) {
    this.target = target;
    this.bar = bar;
    count = known;
  }

  @Override
  public void write(BatchResult result) throws IOException {
    target.write(result);
    count++;
    bar.stepTo(count);
  }

  /** Number of results, the known ones included. */
  int count() {
    return count;
  }

  /** Ends the bar's line. */
  @Override
  public void close() {
    bar.close();
  }
}
