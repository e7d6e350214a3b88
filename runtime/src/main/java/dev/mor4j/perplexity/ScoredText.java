package dev.mor4j.perplexity;

import java.util.List;

/** A text cut into windows of the same size, each with the same number of scored positions. */
public final class ScoredText {
  private final List<ScoredWindow> windows;

  ScoredText(List<ScoredWindow> windows) {
    this.windows = List.copyOf(windows);
  }

  List<ScoredWindow> windows() {
    return windows;
  }

  /** The input tokens of each window. */
  public List<int[]> inputs() {
    return windows.stream().map(window -> window.inputs().clone()).toList();
  }

  /** The number of windows, at least one. */
  public int windowCount() {
    return windows.size();
  }

  /** Input tokens per window. */
  public int windowSize() {
    return windows.getFirst().inputs().length;
  }

  /** Scored positions per window. */
  public int scoredPerWindow() {
    return windows.getFirst().targets().length;
  }
}
