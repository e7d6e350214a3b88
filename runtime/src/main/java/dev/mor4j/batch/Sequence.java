package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLease;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request's tokens and how far they are. Prompt and written text are alike: tokens that have
 * not entered the forward pass yet are ready to, one after another. One thread.
 */
public final class Sequence {
  private final RoutingMode mode;
  private final int mostAtOnce;
  private final boolean isWhole;
  private final int firstOutput;
  private final Output output;
  private int[] tokens;
  private int[] depths;
  private int size;
  private int entered;
  private int passed;
  private int delivered;
  private @Nullable KvLease lease;

  /**
   * How a sequence's tokens enter.
   *
   * @param mostAtOnce most tokens that enter together
   * @param isWhole whether all must enter together, as a rule that looks ahead needs
   * @param firstOutput position from which on outputs are wanted; {@link #LAST} for the newest
   *     token's alone
   * @param output which outputs
   */
  public record Entry(int mostAtOnce, boolean isWhole, int firstOutput, Output output) {
    /** As first output: whichever token is the newest. */
    public static final int LAST = -1;

    public Entry {
      if (mostAtOnce < 1) {
        throw new IllegalArgumentException(
            "tokens at once: expected 1 or more, found " + mostAtOnce);
      }
    }

    /** For logits. */
    public Entry(int mostAtOnce, boolean isWhole, int firstOutput) {
      this(mostAtOnce, isWhole, firstOutput, Output.LOGITS);
    }
  }

  /**
   * A sequence that waits.
   *
   * @param tokens at least one; copied
   * @param mode resolved for the model
   */
  public Sequence(int[] tokens, RoutingMode mode, Entry entry) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("tokens: expected at least one, found none");
    }
    this.tokens = tokens.clone();
    this.depths = new int[tokens.length];
    this.size = tokens.length;
    this.mode = mode;
    this.mostAtOnce = entry.mostAtOnce();
    this.isWhole = entry.isWhole();
    this.firstOutput = entry.firstOutput();
    this.output = entry.output();
  }

  /** Adds a token that was picked: it may enter from now on. */
  public void add(int token) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
      depths = Arrays.copyOf(depths, 2 * size);
    }
    tokens[size++] = token;
  }

  /** Tokens so far. */
  public int size() {
    return size;
  }

  /** How its tokens get their depth. */
  public RoutingMode mode() {
    return mode;
  }

  /** Tokens that may enter. */
  int ready() {
    return size - entered;
  }

  /** Whether it decodes: nothing but its newest token is left to enter. */
  boolean isDecoding() {
    return ready() == 1 && entered > 0;
  }

  /** Tokens that may enter together now; 0 if it wants more room than there is. */
  int enters(int room) {
    int wanted = Math.min(ready(), mostAtOnce);
    return room < leastEntry() ? 0 : Math.min(wanted, room);
  }

  /** Fewest tokens that may enter together. */
  int leastEntry() {
    return isWhole ? ready() : Math.min(1, ready());
  }

  /** Whether it has a place in the cache. */
  public boolean isRunning() {
    return lease != null;
  }

  /** Its place in the cache. */
  public KvLease lease() {
    if (lease == null) {
      throw new IllegalStateException("the sequence waits, and has no place in the cache");
    }
    return lease;
  }

  void begin(KvLease place) {
    lease = place;
  }

  /** The first {@code count} tokens are in the cache already: another one took them there. */
  void skip(int count, Sequence other) {
    System.arraycopy(other.depths, 0, depths, 0, count);
    entered = count;
    passed = count;
  }

  /** Tokens that went through all stages, with it or with the sequence that it shares them with. */
  public int passed() {
    return passed;
  }

  /**
   * Recursion steps that a token took.
   *
   * @param position below {@link #passed}
   */
  public int depth(int position) {
    return depths[Objects.checkIndex(position, passed)];
  }

  int token(int position) {
    return tokens[position];
  }

  /** Recursion steps that a token took so far, on its way perhaps. */
  int depthSoFar(int position) {
    return depths[position];
  }

  void addDepth(int position, int steps) {
    depths[position] += steps;
  }

  /** Gives its place back; all its tokens must enter again if it is to go on. */
  void leave() {
    if (lease != null) {
      lease.close();
      lease = null;
    }
    entered = 0;
    passed = 0;
  }

  Chunk enter(int count) {
    Arrays.fill(depths, entered, entered + count, 0); // of an earlier time, if it had to leave
    Chunk chunk = new Chunk(this, entered, count, isDecoding());
    entered += count;
    return chunk;
  }

  /** What is wanted of its tokens. */
  public Output output() {
    return output;
  }

  /** Position from which on outputs are wanted, given what is known now. */
  int firstOutput() {
    return firstOutput == Entry.LAST ? size - 1 : Math.max(firstOutput, delivered);
  }

  /** A chunk went through all stages. */
  void pass(Chunk chunk) {
    passed = chunk.endPosition();
    delivered = Math.max(delivered, passed);
  }

  /** Tokens that went through all stages at some time, before it had to leave perhaps. */
  int delivered() {
    return delivered;
  }

  /**
   * Tokens that both begin with, and that the other one has taken through all stages: what the
   * cache holds of them depends on nothing that comes later. The newest token is always computed,
   * and so is all whose numbers are wanted.
   */
  int sharedPrefix(Sequence other) {
    if (isWhole || !mode.equals(other.mode) || other.isWhole) {
      return 0;
    }
    int most = Math.min(Math.min(other.passed, size - 1), firstOutput());
    int mismatch = Arrays.mismatch(tokens, 0, most, other.tokens, 0, most);
    return mismatch < 0 ? most : mismatch;
  }
}
