package dev.mor4j.perplexity;

import java.io.IOException;

/** Sees all numbers of a run, window after window, on the engine's thread. */
interface WindowObserver {
  /** Nobody looks. */
  WindowObserver NONE =
      new WindowObserver() {
        @Override
        public void begin(ScoredWindow window) {}

        @Override
        public void position(float[] logProbabilities, int target) {}

        @Override
        public void end(int[] depths) {}
      };

  /** A window begins. */
  void begin(ScoredWindow window) throws IOException;

  /**
   * The next scored position of the window.
   *
   * @param logProbabilities natural logarithms, one per token of the vocabulary, not kept
   * @param target the token that followed
   */
  void position(float[] logProbabilities, int target) throws IOException;

  /**
   * The window's end.
   *
   * @param depths of all its inputs
   */
  void end(int[] depths) throws IOException;
}
