package dev.mor4j.perplexity;

import java.io.IOException;

/** Observes the results of a run, window by window, on the engine thread. */
interface WindowObserver {
  /** Ignores everything. */
  WindowObserver NONE =
      new WindowObserver() {
        @Override
        public void begin(ScoredWindow window) {}

        @Override
        public void position(float[] logProbabilities, int target) {}

        @Override
        public void end(int[] depths) {}
      };

  /** Called before a window is computed. */
  void begin(ScoredWindow window) throws IOException;

  /**
   * Called for each scored position of the window, in order.
   *
   * @param logProbabilities natural logarithms of the probabilities, one per token id; reused after
   *     the call
   * @param target the token that follows in the text
   */
  void position(float[] logProbabilities, int target) throws IOException;

  /**
   * Called after a window.
   *
   * @param depths the depths of all inputs of the window
   */
  void end(int[] depths) throws IOException;
}
