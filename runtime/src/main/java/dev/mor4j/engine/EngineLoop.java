package dev.mor4j.engine;

import dev.mor4j.batch.BatchLoop;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.ForwardCounts;
import dev.mor4j.graph.StageTimes;
import dev.mor4j.sampling.NonFiniteException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;

/**
 * What the engine's thread does: takes commands in, turns the batch loop, and hands results to the
 * tasks that wait for them. A task that fails ends alone.
 */
final class EngineLoop {
  private final BlockingQueue<Runnable> inbox;
  private final Workbench bench;
  private final BatchLoop batch;
  private final Function<NonFiniteException, RuntimeException> explanation;

  /** By their sequences, in the order of arrival. */
  private final Map<Sequence, EngineTask> tasks = new LinkedHashMap<>();

  private long generatedTokens;
  private long busyNanos;
  private long samplingNanos;
  private boolean isStopped;

  /**
   * @param inbox what other threads want done on this one
   * @param bench borrowed
   * @param explanation finds the cause of results that are not finite; called on another thread
   */
  EngineLoop(
      BlockingQueue<Runnable> inbox,
      Workbench bench,
      Function<NonFiniteException, RuntimeException> explanation) {
    this.inbox = inbox;
    this.explanation = explanation;
    this.bench = bench;
    batch = bench.newLoop();
  }

  /** Works until it is stopped. */
  void run() throws InterruptedException {
    while (!isStopped) {
      if (tasks.isEmpty()) {
        inbox.take().run();
      }
      runCommands();
      if (!isStopped) {
        endThoseThatMust();
        turn();
      }
    }
  }

  /** Ends all tasks, those too that were still to be taken in; no more may come. */
  void endAll() {
    runCommands();
    for (EngineTask task : List.copyOf(tasks.values())) {
      end(task, FinishReason.CANCELLED);
    }
  }

  private void runCommands() {
    for (Runnable command = inbox.poll(); command != null; command = inbox.poll()) {
      command.run();
    }
  }

  /** Takes a task in. */
  void begin(EngineTask task) {
    tasks.put(task.sequence(), task);
    batch.submit(task.sequence());
  }

  /** Gives the place of a kept sequence back. */
  void drop(Sequence kept) {
    batch.remove(kept);
  }

  /** Ends the loop. */
  void stop() {
    isStopped = true;
  }

  /** How things stand. */
  EngineMetrics metrics() {
    Map<String, Long> kvBytes = new LinkedHashMap<>();
    for (Sequence running : batch.running()) {
      bench
          .cache()
          .heldBytes(running.lease())
          .forEach((part, n) -> kvBytes.merge(part, n, Long::sum));
    }
    ForwardCounts counts = bench.forwardPass().counts();
    return new EngineMetrics(
        batch.waitingCount(),
        batch.running().size(),
        generatedTokens,
        counts.tokenCount(),
        batch.sharedTokenCount(),
        counts.sharedBlockRuns(),
        Arrays.stream(counts.rowsByStep()).boxed().toList(),
        Duration.ofNanos(busyNanos),
        PhaseTimes.of(bench.forwardPass().times(), samplingNanos, busyNanos),
        kvBytes,
        bench.cache().usedBytes(),
        bench.cache().mostUsedBytes(),
        bench.cache().mostUsedBytesByPart(),
        bench.cache().byteSize(),
        batch.preemptionCount(),
        bench.forwardPass().fallbacks());
  }

  private void endThoseThatMust() {
    long now = System.nanoTime();
    boolean mustAny = false;
    for (EngineTask task : tasks.values()) {
      mustAny |= task.stopReason(now).isPresent();
    }
    if (mustAny) { // seldom: the list is copied, since ending changes it
      for (EngineTask task : List.copyOf(tasks.values())) {
        task.stopReason(now).ifPresent(reason -> end(task, reason));
      }
    }
  }

  private void turn() {
    if (batch.isIdle()) {
      return;
    }
    long start = System.nanoTime();
    try {
      isStopped = !batch.turn();
      deliver(batch.finishedChunks());
    } catch (RuntimeException failure) {
      failAll(failure);
    } catch (Error failure) {
      failAll(failed("the engine failed", failure));
    }
    busyNanos += System.nanoTime() - start;
  }

  private void deliver(List<Chunk> leaving) {
    StageTimes stages = bench.forwardPass().times();
    long start = System.nanoTime() - stages.readNanos();
    for (int i = 0; i < leaving.size(); i++) {
      deliver(leaving.get(i));
    }
    samplingNanos += System.nanoTime() - stages.readNanos() - start;
  }

  private void deliver(Chunk chunk) {
    EngineTask task = tasks.get(chunk.sequence());
    if (task == null) {
      return; // it ended with an earlier chunk
    }
    if (task instanceof GenerationTask) {
      generatedTokens += chunk.outputCount();
    }
    try {
      Optional<FinishReason> end = task.accept(chunk, bench.forwardPass().results());
      if (end.isPresent()) {
        end(task, end.get());
      }
    } catch (RuntimeException failure) {
      fail(task, failure);
    } catch (Error failure) {
      fail(task, failed("reading the tokens failed", failure)); // in a callback, most likely
    }
  }

  private static EngineException failed(String what, Error failure) {
    return new EngineException(what + ": " + failure, failure);
  }

  private void end(EngineTask task, FinishReason reason) {
    Map<String, Long> kvBytes =
        task.sequence().hasLease() ? bench.cache().heldBytes(task.sequence().lease()) : Map.of();
    if (task.keepsPlace(reason)) {
      batch.keep(task.sequence());
    } else {
      batch.remove(task.sequence());
    }
    forget(task);
    task.end(reason, kvBytes);
  }

  private void failAll(RuntimeException failure) {
    for (EngineTask task : List.copyOf(tasks.values())) {
      fail(task, failure);
    }
  }

  private void fail(EngineTask task, RuntimeException failure) {
    batch.remove(task.sequence());
    forget(task);
    if (failure instanceof NonFiniteException nonFinite) {
      // Reads all weights, which may take seconds: other sequences go on.
      Thread.startVirtualThread(() -> task.fail(explanation.apply(nonFinite)));
    } else {
      task.fail(failure);
    }
  }

  private void forget(EngineTask task) {
    tasks.remove(task.sequence());
    task.left();
  }
}
