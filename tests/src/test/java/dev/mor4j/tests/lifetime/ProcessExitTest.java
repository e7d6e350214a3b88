package dev.mor4j.tests.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Models;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process with an engine ends whenever it should. Each test starts a process of its own. */
class ProcessExitTest {
  private static final int EXIT_CODE = 3;

  private @TempDir Path folder;

  /** Where the application calls {@link System#exit}. */
  enum Caller {
    CALLBACK {
      @Override
      void run(Engine engine) {
        engine.generate(LONG_TEXT, token -> System.exit(EXIT_CODE)).join();
      }
    },
    TOKEN_FILTER {
      @Override
      void run(Engine engine) {
        GenerationRequest request =
            GenerationRequest.builder()
                .prompt("a")
                .tokenFilter(() -> (written, allowed) -> System.exit(EXIT_CODE))
                .build();
        engine.generate(request).forEach(token -> {});
      }
    },
    EVALUATION_READER {
      @Override
      void run(Engine engine) {
        engine.evaluate(
            new EvaluationRequest(new int[] {1, 2, 3}, RoutingMode.TRAINED, 0),
            0,
            rows -> System.exit(EXIT_CODE));
      }
    },
    METRICS {
      @Override
      void run(Engine engine) {
        engine.metricsAfterTurn().thenRun(() -> System.exit(EXIT_CODE)).join();
      }
    },
    OUTCOME {
      @Override
      void run(Engine engine) {
        engine.generate(SHORT_TEXT, token -> {}).thenRun(() -> System.exit(EXIT_CODE)).join();
      }
    };

    private static final GenerationRequest LONG_TEXT =
        GenerationRequest.builder().prompt("a").maxTokens(100_000).temperature(1).build();
    private static final GenerationRequest SHORT_TEXT =
        GenerationRequest.builder().prompt("a").maxTokens(1).build();

    abstract void run(Engine engine);
  }

  /** Calls {@link System#exit} in code that the engine calls. */
  static final class Exits {
    private Exits() {}

    public static void main(String[] args) throws IOException {
      try (Model model = Model.load(Path.of(args[0]));
          Engine engine = engine(model)) {
        Caller.valueOf(args[1]).run(engine);
      }
    }
  }

  /** Blocks the engine's thread for ever. */
  static final class Blocks {
    private Blocks() {}

    public static void main(String[] args) throws IOException {
      try (Model model = Model.load(Path.of(args[0]));
          Engine engine = engine(model)) {
        engine
            .generate(
                GenerationRequest.builder().prompt("a").build(),
                token -> {
                  System.out.println("blocked");
                  awaitForever();
                })
            .join();
      }
    }

    private static void awaitForever() {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
  }

  /** Starts an engine with too little memory for the tokenizer, then ends. */
  static final class RunsOutOfMemory {
    private RunsOutOfMemory() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[0]);
      try (Model model = Model.load(file)) {
        engine(model).close();
      } catch (OutOfMemoryError expected) {
        System.out.println("out of memory, mapped: " + isMapped(file));
      }
    }

    private static boolean isMapped(Path file) throws IOException {
      Path maps = Path.of("/proc/self/maps");
      return Files.exists(maps) && Files.readString(maps).contains(file.getFileName().toString());
    }
  }

  private static Engine engine(Model model) {
    return Engine.builder(model).contextSize(4096).threads(1).build();
  }

  @ParameterizedTest
  @EnumSource
  void exitInCodeOfTheApplicationEndsTheProcess(Caller caller) throws Exception {
    Process process =
        ChildJvm.start(
            List.of(), Exits.class, false, Models.tiny(folder).toString(), caller.name());

    assertThat(ChildJvm.exitCode(process)).isEqualTo(EXIT_CODE);
  }

  @Test
  void aBlockedCallbackDoesNotKeepTheProcessFromTerminating() throws Exception {
    Process process =
        ChildJvm.start(List.of(), Blocks.class, false, Models.tiny(folder).toString());
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("blocked");

      process.destroy(); // SIGTERM

      assertThat(ChildJvm.exitCode(process)).isEqualTo(128 + 15);
    }
  }

  @Test
  void anErrorWhileTheEngineStartsLeavesNoThreadAndNoMapping() throws Exception {
    TinyModel model =
        TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(1));
    model
        .metadata()
        .put(
            MetadataKeys.TOKENIZER_JSON,
            GgufValue.string(
                IntStream.range(0, 1_500_000)
                    .mapToObj(id -> "\"t%d\":%d".formatted(id, id))
                    .collect(
                        Collectors.joining(
                            ",", "{\"model\": {\"type\": \"BPE\", \"vocab\": {", "}}}"))));
    Path file = model.write(folder.resolve("large-tokenizer.gguf"));

    Process process =
        ChildJvm.start(List.of("-Xmx96m"), RunsOutOfMemory.class, false, file.toString());
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("out of memory, mapped: false");
      assertThat(ChildJvm.exitCode(process)).isZero();
    }
  }
}
