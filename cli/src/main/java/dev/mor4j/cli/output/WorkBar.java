package dev.mor4j.cli.output;

import dev.mor4j.cli.terminal.Terminal;
import dev.mor4j.quantize.WorkProgress;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on standard error for each stage of long work on files; shown on a terminal only.
 */
public final class WorkBar implements WorkProgress, AutoCloseable {
  private static final int MEBIBYTE = 1 << 20;

  private final boolean isShown;
  private @Nullable ProgressBar bar;
  private @Nullable Stage stage;

  private WorkBar(boolean isShown) {
    this.isShown = isShown;
  }

  /** A bar that is shown if standard error is a terminal. */
  public static WorkBar onTerminal() {
    return new WorkBar(Terminal.isError());
  }

  @Override
  public void advanced(State state) {
    if (!isShown) {
      return;
    }
    if (bar == null || state.stage() != stage) {
      close();
      stage = state.stage();
      bar =
          new ProgressBarBuilder()
              .setTaskName(state.stage().name().toLowerCase(Locale.ROOT))
              .setInitialMax(state.totalBytes())
              .setUnit(" MiB", MEBIBYTE)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
    bar.stepTo(state.doneBytes());
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
