package dev.mor4j.cli.output;

import dev.mor4j.cli.terminal.StandardStreams;
import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on standard error that counts equal items; shown on a terminal only. */
public final class CountBar implements AutoCloseable {
  private static final int COLUMNS = 79;

  private final String item;
  private final int count;
  private final StandardStreams streams;
  private @Nullable ProgressBar bar;

  /**
   * Creates a bar that appears with the first step.
   *
   * @param item what is counted, in the plural
   * @param count number of items
   */
  public CountBar(String item, int count, StandardStreams streams) {
    this.item = item;
    this.count = count;
    this.streams = streams;
  }

  /** Shows that so many items are done. The last one ends the bar's line. */
  public void stepTo(int done) {
    if (!streams.watchers().error()) {
      return;
    }
    if (bar == null) {
      PrintWriter err = streams.err();
      bar =
          new ProgressBarBuilder()
              .setTaskName(item)
              .setInitialMax(count)
              .setStyle(ProgressBarStyle.ASCII)
              .setConsumer(
                  new DelegatingProgressBarConsumer(
                      line -> {
                        err.print("\r" + line);
                        err.flush();
                      },
                      COLUMNS))
              .build();
    }
    bar.stepTo(done);
    if (done == count) {
      close();
    }
  }

  /** Ends the bar's line. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      streams.err().println();
      bar = null;
    }
  }
}
