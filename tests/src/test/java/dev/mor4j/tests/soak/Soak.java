package dev.mor4j.tests.soak;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Soak test: loads and closes the demo model many times, then makes random requests from 64 virtual
 * threads to several engines for some minutes. Fails if memory grows, a request is lost, an answer
 * is wrong or a K/V slot is not released. Argument: minutes.
 */
public final class Soak {
  private static final int ROUNDS = 200;
  private static final int WARM_ROUNDS = 50;
  private static final int CLIENTS = 64;
  private static final Duration REPORT = Duration.ofSeconds(30);

  /**
   * Growth after warm-up that is not a leak: stacks, compiled code and malloc's free lists change
   * by a few MiB. Leaking one answer per request would exceed it within minutes.
   */
  private static final long BOUND = 24L << 20;

  private final Tally tally = new Tally();
  private final long end;
  private final long warm;

  private Soak(Duration time) {
    long start = System.nanoTime();
    end = start + time.toNanos();
    warm = start + time.toNanos() / 5;
  }

  /** Exits with status 1 on any fault. */
  public static void main(String[] arguments) throws Exception {
    boolean isSound = loadsAndCloses();
    Soak soak = new Soak(Duration.ofMinutes(Long.parseLong(arguments[0])));
    isSound &= soak.run();
    System.out.println(isSound ? "sound" : "NOT SOUND");
    System.exit(isSound ? 0 : 1);
  }

  private static boolean loadsAndCloses() throws IOException {
    GenerationRequest request = MixedRequests.of(1, 1).getFirst();
    long before = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      try (Model model = Model.load(Models.demo());
          Engine engine = Engine.builder(model).contextSize(256).threads(1).build()) {
        Answer.to(request, engine);
      }
      before = round == WARM_ROUNDS ? ResidentMemory.bytes() : before;
    }
    long after = ResidentMemory.bytes();
    System.out.printf(
        "model loaded and closed %d times: %d MiB resident after %d, %d MiB after %d%n",
        ROUNDS, before >> 20, WARM_ROUNDS, after >> 20, ROUNDS);
    return after - before <= BOUND;
  }

  private boolean run() throws Exception {
    try (Model model = Model.load(Models.demo())) {
      List<SoakEngine> engines = SoakEngine.all(model);
      List<Long> idle =
          engines.stream().map(each -> each.engine().metrics().kvUsedBytes()).toList();
      long growth = load(engines);
      boolean areSlotsFree =
          idle.equals(engines.stream().map(each -> each.engine().metrics().kvUsedBytes()).toList());
      System.out.println(state(engines));
      engines.forEach(SoakEngine::close);
      System.out.printf(
          "%s; %d open; growth after warm-up %d KiB, allowed %d KiB; slots %s; faults %s%n",
          tally,
          tally.open(),
          growth >> 10,
          BOUND >> 10,
          areSlotsFree ? "free" : "TAKEN",
          tally.faults());
      return areSlotsFree && tally.open() == 0 && tally.faults().isEmpty() && growth <= BOUND;
    }
  }

  /** Returns the growth of memory after warm-up in bytes. */
  private long load(List<SoakEngine> engines) throws Exception {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    for (int client = 0; client < CLIENTS; client++) {
      long seed = client;
      threads.execute(() -> work(new SoakClient(seed, tally), engines, (int) seed));
    }
    threads.shutdown();
    long before = 0;
    long growth = 0;
    while (!threads.awaitTermination(REPORT.toSeconds(), TimeUnit.SECONDS)) {
      long resident = ResidentMemory.bytes();
      if (System.nanoTime() < warm || before == 0) {
        before = Math.max(before, resident);
      }
      growth = resident - before;
      System.out.printf("%d MiB resident; %s; %s%n", resident >> 20, tally, state(engines));
      if (System.nanoTime() > end + 4 * REPORT.toNanos()) {
        tally.fault("lost", tally.open() + " requests have not ended");
        break;
      }
    }
    return growth;
  }

  private void work(SoakClient client, List<SoakEngine> engines, int first) {
    try {
      for (int turn = first; System.nanoTime() < end; turn++) {
        client.once(engines.get(turn % engines.size()));
      }
    } catch (RuntimeException failure) {
      tally.fault("client", failure.toString());
    }
  }

  private static String state(List<SoakEngine> engines) {
    return engines.stream().map(SoakEngine::state).collect(Collectors.joining("; "));
  }
}
