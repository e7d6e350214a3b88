package dev.mor4j.engine;

/**
 * What an engine wanted of a device that has less.
 *
 * @param words what did not fit, where, how much it needs and how much is free
 * @param advice what a user may do
 */
record Shortage(String words, String advice) {

  /** Keeps a shortage from those who cannot do anything about it. */
  static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Shortage shortage;

    Failure(Shortage shortage) {
      super(shortage.words());
      this.shortage = shortage;
    }

    Failure(Shortage shortage, Throwable cause) {
      super(shortage.words(), cause);
      this.shortage = shortage;
    }

    Shortage shortage() {
      return shortage;
    }
  }
}
