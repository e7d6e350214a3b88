package dev.mor4j.cli.devices;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.output.Quoted;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A check of something that mor needs, in the order in which the checks depend on each other. */
enum HealthCheck {
  JAVA("Java") {
    @Override
    String examine(StandardStreams streams) {
      int feature = Runtime.version().feature();
      if (feature < OLDEST_JAVA) {
        throw new EngineException(
            "expected Java %s or newer, found %s: set JAVA_HOME to a newer one"
                .formatted(OLDEST_JAVA, Runtime.version()));
      }
      return Runtime.version() + ", " + System.getProperty("java.home");
    }
  },

  NATIVE_LIBRARIES("native libraries") {
    @Override
    String examine(StandardStreams streams) {
      GgmlLibrary library = GgmlLibrary.load();
      return "ggml %s, commit %s, %s"
          .formatted(library.version(), library.commit(), library.folder());
    }
  },

  INSTALLATION("installed files") {
    @Override
    String examine(StandardStreams streams) throws IOException {
      InstalledFiles installed = InstalledFiles.ofProcess();
      installed.requireReadable();
      return installed.files().isEmpty()
          ? "none: Java was started without the launcher mor"
          : installed.files().size()
              + " jars and native libraries, readable by all users of their folders";
    }
  },

  CPU("CPU features") {
    @Override
    String examine(StandardStreams streams) {
      return DevicesCommand.features(Device.cpu());
    }
  },

  DEVICES("devices") {
    @Override
    String examine(StandardStreams streams) {
      String devices =
          Device.all().stream()
              .map(device -> device.name() + " (" + device.properties().description().strip() + ")")
              .collect(Collectors.joining(", "));
      List<String> problems = GgmlLibrary.load().backendProblems();
      if (!problems.isEmpty()) {
        throw new EngineException(
            problems.stream().map(FailureText::oneLine).collect(Collectors.joining("; "))
                + "; devices without them: "
                + devices);
      }
      return devices;
    }
  },

  MEMORY("memory") {
    @Override
    String examine(StandardStreams streams) {
      Device.Properties memory = Device.cpu().properties();
      if (memory.freeBytes() < LEAST_MEMORY) {
        throw new EngineException(
            "expected %s free, found %s: close other programs"
                .formatted(ByteSize.text(LEAST_MEMORY), ByteSize.text(memory.freeBytes())));
      }
      return "%s free of %s"
          .formatted(ByteSize.text(memory.freeBytes()), ByteSize.text(memory.totalBytes()));
    }
  },

  DEMO_MODEL("demo model") {
    @Override
    String examine(StandardStreams streams) throws IOException {
      try (Model model = Model.load(DemoModel.path());
          Engine engine = Engine.builder(model).build()) {
        List<Token> tokens = write(engine);
        int deepest = model.config().recursionCount();
        boolean isSound =
            tokens.stream()
                .allMatch(
                    token -> token.depth() <= deepest && Float.isFinite(token.logProbability()));
        if (tokens.size() != TRIAL_TOKENS || !isSound) {
          throw new EngineException(
              "%s: expected %s tokens of depth 0..%s, found %s: build mor again from a fresh checkout"
                  .formatted(model.path(), TRIAL_TOKENS, deepest, tokens));
        }
        String text = tokens.stream().map(Token::text).collect(Collectors.joining());
        return "%s generates %s".formatted(model.path(), Quoted.of(TRIAL_PROMPT + text));
      }
    }
  },

  TEMPORARY_FOLDER("temporary folder") {
    @Override
    String examine(StandardStreams streams) throws IOException {
      Path folder = Path.of(System.getProperty("java.io.tmpdir"));
      requireWritable(folder);
      return folder.toString();
    }
  },

  TERMINAL("terminal") {
    @Override
    String examine(StandardStreams streams) {
      String watcher =
          streams.watchers().output()
              ? "standard output shows colors"
              : "standard output shows no colors, depths are superscripts";
      return streams.isInteractive() ? watcher + ", prompts can be typed" : watcher;
    }
  };

  private static final int OLDEST_JAVA = 25;
  private static final long LEAST_MEMORY = 256L << 20;
  private static final int TRIAL_TOKENS = 8;
  private static final String TRIAL_PROMPT = "Once upon a time";

  private final String title;

  HealthCheck(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /**
   * Runs the check.
   *
   * @return what was found, if it is fine
   * @throws IOException or a runtime exception that says what is wrong and what to do
   */
  abstract String examine(StandardStreams streams) throws IOException;

  private static List<Token> write(Engine engine) {
    GenerationRequest request =
        GenerationRequest.builder()
            .prompt(TRIAL_PROMPT)
            .maxTokens(TRIAL_TOKENS)
            .temperature(0)
            .build();
    List<Token> tokens = new ArrayList<>();
    try (TokenStream stream = engine.generate(request)) {
      stream.forEach(tokens::add);
    }
    return tokens;
  }

  private static void requireWritable(Path folder) throws IOException {
    Files.delete(Files.createTempFile(folder, "mor", ".check"));
  }
}
