package dev.mor4j.engine;

import dev.mor4j.batch.BatchLoop;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.ForwardCounts;
import dev.mor4j.graph.StageTimes;
import dev.mor4j.sampling.NonFiniteException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The loop of the engine's thread: runs commands, takes a turn of the batch loop, and passes
 * results to the tasks. A failure that concerns one task ends that task only.
 */
final class EngineLoop {
  private static final Logger LOGGER = System.getLogger("dev.mor4j.engine");

  private final BlockingQueue<Runnable> inbox;
  private final EngineResources resources;
  private final BatchLoop batch;
  private final Function<NonFiniteException, RuntimeException> explanation;

  /** By sequence, in the order of arrival. */
  private final Map<Sequence, EngineTask<?>> tasks = new LinkedHashMap<>();

  private long generatedTokens;
  private long busyNanos;
  private long samplingNanos;
  private long loggedPreemptions;
  private boolean isStopped;

  /**
   * @param inbox commands of other threads
   * @param resources borrowed
   * @param explanation finds the cause of results that are not finite; called on another thread
   */
  EngineLoop(
      BlockingQueue<Runnable> inbox,
      EngineResources resources,
      Function<NonFiniteException, RuntimeException> explanation) {
    this.inbox = inbox;
    this.explanation = explanation;
    this.resources = resources;
    batch = resources.newLoop();
  }

  /** Runs until {@link #stop} is called. */
  void run() {
    while (!isStopped) {
      if (tasks.isEmpty()) {
        nextCommand().run();
      }
      runCommands();
      if (!isStopped) {
        endStoppedTasks();
        turn();
      }
    }
  }

  /**
   * Waits for a command. An interrupt, which only code of the application can cause, is ignored.
   */
  private Runnable nextCommand() {
    while (true) {
      try {
        return inbox.take();
      } catch (InterruptedException ignored) {
        LOGGER.log(Level.DEBUG, "ignored an interrupt of the engine's thread");
      }
    }
  }

  /**
   * Ends all tasks, including those whose commands are still queued; no more are accepted.
   *
   * @param failure the outcome of the tasks; null to cancel them
   */
  void endAll(@Nullable RuntimeException failure) {
    runCommands();
    for (EngineTask<?> task : List.copyOf(tasks.values())) {
      if (failure == null) {
        end(task, FinishReason.CANCELLED);
      } else {
        fail(task, failure);
      }
    }
  }

  private void runCommands() {
    for (Runnable command = inbox.poll(); command != null; command = inbox.poll()) {
      command.run();
    }
  }

  /** Adds a task. */
  void begin(EngineTask<?> task) {
    tasks.put(task.sequence(), task);
    batch.submit(task.sequence());
  }

  /** Frees the cache slots of a kept sequence. */
  void drop(Sequence kept) {
    batch.remove(kept);
  }

  /** Ends {@link #run} after the current turn. */
  void stop() {
    isStopped = true;
  }

  /** The state between two turns. */
  EngineMetrics metrics() {
    Map<String, Long> kvBytes = new LinkedHashMap<>();
    for (Sequence running : batch.running()) {
      resources
          .cache()
          .heldBytes(running.lease())
          .forEach((part, bytes) -> kvBytes.merge(part, bytes, Long::sum));
    }
    ForwardCounts counts = resources.forwardPass().counts();
    return new EngineMetrics(
        batch.waitingCount(),
        batch.running().size(),
        generatedTokens,
        counts.tokenCount(),
        batch.sharedTokenCount(),
        counts.sharedBlockRuns(),
        Arrays.stream(counts.rowsByStep()).boxed().toList(),
        Duration.ofNanos(busyNanos),
        PhaseTimes.of(resources.forwardPass().times(), samplingNanos, busyNanos),
        kvBytes,
        resources.cache().usedBytes(),
        resources.cache().mostUsedBytes(),
        resources.cache().mostUsedBytesByPart(),
        resources.cache().byteSize(),
        batch.preemptionCount(),
        resources.forwardPass().fallbacks());
  }

  /** Ends cancelled tasks and those whose time limit is exceeded. */
  private void endStoppedTasks() {
    long now = System.nanoTime();
    boolean isAnyStopped = false;
    for (EngineTask<?> task : tasks.values()) {
      isAnyStopped |= task.stopReason(now).isPresent();
    }
    if (isAnyStopped) { // rare; the list is copied because ending a task changes it
      for (EngineTask<?> task : List.copyOf(tasks.values())) {
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
      failAll(new EngineException("the engine failed: " + failure, failure));
    }
    if (batch.preemptionCount() > loggedPreemptions) {
      loggedPreemptions = batch.preemptionCount();
      LOGGER.log(
          Level.DEBUG,
          "preempted a sequence for lack of K/V slots; preemptions so far: {0}",
          loggedPreemptions);
    }
    busyNanos += System.nanoTime() - start;
  }

  private void deliver(List<Chunk> finished) {
    StageTimes stages = resources.forwardPass().times();
    long start = System.nanoTime() - stages.readNanos();
    for (int i = 0; i < finished.size(); i++) {
      deliver(finished.get(i));
    }
    samplingNanos += System.nanoTime() - stages.readNanos() - start;
  }

  private void deliver(Chunk chunk) {
    EngineTask<?> task = tasks.get(chunk.sequence());
    if (task == null) {
      return; // ended with an earlier chunk
    }
    if (task instanceof GenerationTask) {
      generatedTokens += chunk.outputCount();
    }
    try {
      Optional<FinishReason> end = task.accept(chunk, resources.forwardPass().results());
      if (end.isPresent()) {
        end(task, end.get());
      }
    } catch (RuntimeException failure) {
      fail(task, failure);
    } catch (Error failure) { // usually thrown by a callback
      fail(task, new EngineException("delivering the results failed: " + failure, failure));
    }
  }

  private void end(EngineTask<?> task, FinishReason reason) {
    Sequence sequence = task.sequence();
    Map<String, Long> kvBytes =
        sequence.hasLease() ? resources.cache().heldBytes(sequence.lease()) : Map.of();
    if (task.keepsSequence(reason)) {
      batch.keep(sequence);
    } else {
      batch.remove(sequence);
    }
    forget(task);
    task.end(reason, kvBytes);
  }

  private void failAll(RuntimeException failure) {
    for (EngineTask<?> task : List.copyOf(tasks.values())) {
      fail(task, failure);
    }
  }

  private void fail(EngineTask<?> task, RuntimeException failure) {
    batch.remove(task.sequence());
    forget(task);
    if (failure instanceof NonFiniteException nonFinite) {
      // Reads all weights, which may take seconds: other sequences go on.
      Thread.startVirtualThread(() -> task.fail(explanation.apply(nonFinite)));
    } else {
      task.fail(failure);
    }
  }

  private void forget(EngineTask<?> task) {
    tasks.remove(task.sequence());
    task.released();
  }
}
