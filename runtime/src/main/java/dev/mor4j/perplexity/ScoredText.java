package dev.mor4j.perplexity;

import java.util.List;

/** A text cut into windows, all of one size and with as many scored positions. */
public final class ScoredText {
  private final List<ScoredWindow> windows;

  ScoredText(List<ScoredWindow> windows) {
    this.windows = List.copyOf(windows);
  }

  List<ScoredWindow> windows() {
    return windows;
  }

  /** Tokens that enter, window by window. */
  public List<int[]> inputs() {
    return windows.stream().map(window -> window.inputs().clone()).toList();
  }

  /** Number of windows, at least one. */
  public int windowCount() {
    return windows.size();
  }

  /** Tokens that enter in each window. */
  public int windowSize() {
    return windows.getFirst().inputs().length;
  }

  /** Positions that are scored in each window. */
  public int scoredPerWindow() {
    return windows.getFirst().targets().length;
  }
}
