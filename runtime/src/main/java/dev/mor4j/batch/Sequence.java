package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLease;
import dev.mor4j.model.RoutingMode;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one request and how far each has come. A token is <em>pending</em> until it is in a
 * chunk, <em>scheduled</em> while its chunk is between prelude and coda, and <em>completed</em>
 * after the coda. Tokens of the prompt and generated ones are treated alike. Confined to the
 * engine's thread.
 */
public final class Sequence {
  private final RoutingMode mode;
  private final SequenceOptions options;
  private int[] tokens;
  private int[] depths;
  private int size;

  /** Tokens that are scheduled or completed. */
  private int scheduledCount;

  private int completedCount;

  /** Tokens whose outputs were handed out; eviction does not take them back. */
  private int deliveredCount;

  private @Nullable KvLease lease;

  /**
   * A sequence that waits.
   *
   * @param tokens at least one; copied
   * @param mode how tokens get their recursion depth, resolved for the model
   */
  public Sequence(int[] tokens, RoutingMode mode, SequenceOptions options) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("tokens: expected at least one, found none");
    }
    this.tokens = tokens.clone();
    this.depths = new int[tokens.length];
    this.size = tokens.length;
    this.mode = mode;
    this.options = options;
  }

  /** Appends a generated token, which is pending. */
  public void add(int token) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
      depths = Arrays.copyOf(depths, 2 * size);
    }
    tokens[size++] = token;
  }

  /** Number of tokens so far. */
  public int size() {
    return size;
  }

  /**
   * Id of a token.
   *
   * @param position below {@link #size}
   */
  public int token(int position) {
    return tokens[Objects.checkIndex(position, size)];
  }

  /** How tokens get their recursion depth. */
  public RoutingMode mode() {
    return mode;
  }

  /** What is computed for tokens whose outputs are wanted. */
  public Output output() {
    return options.output();
  }

  /**
   * Number of tokens that have taken all stages, in this sequence or in the one that it shares them
   * with.
   */
  public int completedCount() {
    return completedCount;
  }

  /**
   * Recursion steps that a completed token took.
   *
   * @param position below {@link #completedCount}
   * @throws IndexOutOfBoundsException if the token is not completed
   */
  public int depth(int position) {
    return depths[Objects.checkIndex(position, completedCount)];
  }

  /** Whether the sequence holds slots in the K/V cache, because it runs or is kept. */
  public boolean hasLease() {
    return lease != null;
  }

  /**
   * The sequence's slots in the K/V cache.
   *
   * @throws IllegalStateException if the sequence waits
   */
  public KvLease lease() {
    if (lease == null) {
      throw new IllegalStateException("the sequence waits, and has no slots in the K/V cache");
    }
    return lease;
  }

  /**
   * Drops the last tokens, as speculative decoding does with rejected ones, so that others can be
   * {@linkplain #add added} in their place. Keys and values of the dropped tokens are freed at
   * every step; slots that other sequences share stay theirs. Nothing is copied, not even where the
   * new end lies in a shared prefix. What is stored for the tokens that stay depends on no later
   * token, so a sequence that goes on from here equals one that never had the dropped tokens.
   *
   * <p>To be called between turns, after results of the last turn's {@linkplain
   * BatchLoop#finishedChunks finished chunks} are read. The tokens that stay are not computed
   * again. Where the output of the last one is needed once more, roll back to before it and add it
   * again. Outputs of positions from {@code newSize} on count as not delivered.
   *
   * @param newSize 1 up to {@link #size}
   * @throws IllegalArgumentException if {@code newSize} is outside
   * @throws IllegalStateException if a chunk of the sequence is between prelude and coda, or if
   *     completed tokens of a single-chunk sequence are to be dropped: their routing decided on the
   *     tokens that would stay
   */
  public void rollback(int newSize) {
    if (newSize < 1 || newSize > size) {
      throw new IllegalArgumentException(
          "new size: expected 1 to %s tokens, found %s".formatted(size, newSize));
    }
    if (scheduledCount > completedCount) {
      throw new IllegalStateException(
          "cannot roll back: tokens %s to %s are being computed"
              .formatted(completedCount, scheduledCount - 1));
    }
    if (options.isSingleChunk() && newSize < completedCount) {
      throw new IllegalStateException("cannot roll back: the tokens were routed together");
    }
    if (newSize < completedCount) {
      lease().trim(newSize);
      completedCount = newSize;
      scheduledCount = newSize;
    }
    deliveredCount = Math.min(deliveredCount, newSize);
    size = newSize;
  }

  /** Recursion steps that the router has given a token so far. */
  int depthSoFar(int position) {
    return depths[position];
  }

  void addDepth(int position, int steps) {
    depths[position] += steps;
  }

  /** Number of tokens that are not in a chunk yet. */
  int pendingCount() {
    return size - scheduledCount;
  }

  /** Whether only the newest token is pending, so that the sequence decodes. */
  boolean isDecoding() {
    return pendingCount() == 1 && scheduledCount > 0;
  }

  /**
   * Size of the next chunk.
   *
   * @param limit most tokens that may enter now
   * @return 0 if that is too few
   */
  int nextChunkSize(int limit) {
    int wanted = Math.min(pendingCount(), options.maxChunkSize());
    return limit < minChunkSize() ? 0 : Math.min(wanted, limit);
  }

  /** Fewest tokens that the next chunk can have. */
  int minChunkSize() {
    return options.isSingleChunk() ? pendingCount() : Math.min(1, pendingCount());
  }

  /** Takes the next pending tokens into a chunk. */
  Chunk nextChunk(int count) {
    Arrays.fill(depths, scheduledCount, scheduledCount + count, 0); // left from before an eviction
    Chunk chunk = new Chunk(this, scheduledCount, count, isDecoding());
    scheduledCount += count;
    return chunk;
  }

  /** A chunk has taken all stages. */
  void complete(Chunk chunk) {
    completedCount = chunk.endPosition();
    deliveredCount = Math.max(deliveredCount, completedCount);
  }

  /** Gives the sequence slots, so that it runs. */
  void admit(KvLease slots) {
    lease = slots;
  }

  /**
   * Takes over the first {@code count} tokens from another sequence that has completed them. The
   * lease shares their slots.
   */
  void adoptPrefix(Sequence source, int count) {
    System.arraycopy(source.depths, 0, depths, 0, count);
    scheduledCount = count;
    completedCount = count;
  }

  /** Frees the slots. To run again, the sequence must compute all its tokens again. */
  void evict() {
    if (lease != null) {
      lease.close();
      lease = null;
    }
    scheduledCount = 0;
    completedCount = 0;
  }

  /** Position of the first token whose output is wanted, as far as is known now. */
  int firstOutput() {
    return options.firstOutput() == SequenceOptions.NEWEST
        ? size - 1
        : Math.max(options.firstOutput(), deliveredCount);
  }

  /** Number of tokens that were completed at some time, perhaps before an eviction. */
  int deliveredCount() {
    return deliveredCount;
  }

  /**
   * Number of leading tokens whose keys and values this sequence can take over from another one:
   * those that both begin with and the other one has completed. What the cache holds of them
   * depends on no later token. The newest token is always computed, and so is every token whose
   * output is wanted.
   */
  int sharedPrefixLength(Sequence other) {
    if (options.isSingleChunk() || !mode.equals(other.mode) || other.options.isSingleChunk()) {
      return 0;
    }
    int limit = Math.min(Math.min(other.completedCount, size - 1), firstOutput());
    int mismatch = Arrays.mismatch(tokens, 0, limit, other.tokens, 0, limit);
    return mismatch < 0 ? limit : mismatch;
  }
}
