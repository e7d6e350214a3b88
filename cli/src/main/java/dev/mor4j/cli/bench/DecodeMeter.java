package dev.mor4j.cli.bench;

import dev.mor4j.engine.Token;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures sequences that generate at the same time: from the iteration in which the last of them
 * gets its first token until all together have generated enough. So all run the whole time,
 * whatever depths their tokens take. Everything except the result belongs to the engine's thread.
 */
final class DecodeMeter {
  private final Supplier<CompletableFuture<Probe>> probes;
  private final long wantedTokens;
  private final boolean[] hasBegun;
  private final CompletableFuture<BenchSample> result = new CompletableFuture<>();
  private int silent;
  private @Nullable Probe start;
  private boolean isEnding;
  private long tokens;
  private long depthSum;

  /**
   * Creates a meter.
   *
   * @param probes reads the engine's counters after the current iteration
   * @param sequences number of sequences
   * @param wantedTokens number of tokens of all sequences
   */
  DecodeMeter(Supplier<CompletableFuture<Probe>> probes, int sequences, long wantedTokens) {
    this.probes = probes;
    this.wantedTokens = wantedTokens;
    hasBegun = new boolean[sequences];
    silent = sequences;
  }

  /** Completes when enough tokens are generated. */
  CompletableFuture<BenchSample> result() {
    return result;
  }

  /** Records a token of a sequence. */
  void accept(int sequence, Token token) {
    if (start != null) {
      tokens++;
      depthSum += token.depth();
      if (tokens >= wantedTokens) {
        end();
      }
    } else if (!hasBegun[sequence]) {
      hasBegun[sequence] = true;
      silent--;
      if (silent == 0) {
        pass(probes.get().thenAccept(probe -> start = probe));
      }
    }
  }

  /**
   * Records that a sequence ended. The measurement ends too, because fewer sequences run from now
   * on.
   */
  void sequenceEnded() {
    if (start == null) {
      result.completeExceptionally(
          new IllegalStateException("a sequence ended before all had begun to generate"));
    } else {
      end();
    }
  }

  private void end() {
    Probe begin = start;
    if (begin != null && !isEnding) {
      isEnding = true;
      pass(
          probes
              .get()
              .thenAccept(
                  probe -> result.complete(BenchSample.between(begin, probe, tokens, depthSum))));
    }
  }

  private void pass(CompletableFuture<Void> look) {
    var _ = look.whenComplete((done, failure) -> fail(failure));
  }

  void fail(@Nullable Throwable failure) {
    if (failure != null) {
      result.completeExceptionally(failure);
    }
  }
}
