package dev.mor4j.cli.output;

import dev.mor4j.cli.terminal.StandardStreams;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar on standard error for the windows of a text, where a person watches. */
public final class WindowBar implements AutoCloseable {
  private final int windowCount;
  private final boolean isShown;
  private @Nullable ProgressBar bar;

  private WindowBar(int windowCount, boolean isShown) {
    this.windowCount = windowCount;
    this.isShown = isShown;
  }

  public static WindowBar of(int windowCount, StandardStreams streams) {
    return new WindowBar(windowCount, streams.watchers().error());
  }

  /** Begins with the first window that is done, ends with the last. */
  public void stepTo(int done) {
    if (!isShown) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("windows")
              .setInitialMax(windowCount)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
    bar.stepTo(done);
    if (done == windowCount) {
      close();
    }
  }

  /** Ends the bar's line. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
