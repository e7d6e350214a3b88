package dev.mor4j.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Who may import whom: the locks on the doors between packages. */
class ModuleDoorsTest {
  private static final String BASE = "dev.mor4j.";
  private static final String FFI = BASE + "ggml.ffi";

  /** Each package of ours with those of ours that it may use. */
  private static final Map<String, List<String>> DOORS =
      Map.ofEntries(
          Map.entry("natives", List.of("files", "ggml.ffi")),
          Map.entry("files", List.of()),
          Map.entry("gguf", List.of("files")),
          Map.entry("ggml.ffi", List.of()),
          Map.entry("ggml", List.of("ggml.ffi", "gguf", "natives")),
          Map.entry("model", List.of()),
          Map.entry("tokenizer", List.of()),
          Map.entry("sampling", List.of()),
          Map.entry("routing", List.of("model")),
          Map.entry("kvcache", List.of("model", "ggml", "gguf")),
          Map.entry("architecture", List.of("model", "gguf")),
          Map.entry("placement", List.of("model", "kvcache", "ggml", "gguf")),
          Map.entry("weights", List.of("architecture", "model", "placement", "ggml", "gguf")),
          Map.entry("batch", List.of("model", "kvcache", "sampling")),
          Map.entry(
              "graph",
              List.of("model", "placement", "weights", "routing", "kvcache", "ggml", "gguf")),
          Map.entry(
              "forward",
              List.of(
                  "model",
                  "placement",
                  "sampling",
                  "routing",
                  "weights",
                  "kvcache",
                  "batch",
                  "graph",
                  "ggml")),
          Map.entry(
              "engine",
              List.of(
                  "architecture",
                  "model",
                  "placement",
                  "tokenizer",
                  "sampling",
                  "routing",
                  "weights",
                  "kvcache",
                  "batch",
                  "graph",
                  "forward",
                  "ggml",
                  "gguf")),
          Map.entry("request", List.of("engine", "model", "sampling")),
          Map.entry("perplexity", List.of("engine", "files", "model", "tokenizer", "ggml", "gguf")),
          Map.entry("quantize.checkpoint", List.of("files", "gguf")),
          Map.entry("quantize.importance", List.of("engine", "gguf", "model")),
          Map.entry(
              "quantize",
              List.of(
                  "quantize.checkpoint",
                  "quantize.importance",
                  "architecture",
                  "files",
                  "ggml",
                  "gguf",
                  "model",
                  "tokenizer")),
          Map.entry("cli.terminal", List.of()),
          Map.entry(
              "cli.output",
              List.of("cli.command", "cli.terminal", "engine", "files", "gguf", "quantize")),
          Map.entry("cli.command", List.of("cli.terminal", "gguf")),
          Map.entry(
              "cli.options",
              List.of(
                  "cli.command",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "files",
                  "ggml",
                  "gguf",
                  "model",
                  "placement",
                  "quantize",
                  "sampling",
                  "request")),
          Map.entry(
              "cli.bench",
              List.of(
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "ggml",
                  "gguf",
                  "model",
                  "placement",
                  "quantize")),
          Map.entry(
              "cli.batch",
              List.of(
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "files",
                  "model",
                  "sampling",
                  "request")),
          Map.entry(
              "cli.run",
              List.of(
                  "cli.batch",
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "model",
                  "sampling",
                  "request")),
          Map.entry(
              "cli.convert",
              List.of(
                  "cli.command", "cli.options", "cli.output", "quantize", "quantize.checkpoint")),
          Map.entry(
              "cli.quantize",
              List.of(
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "gguf",
                  "model",
                  "perplexity",
                  "quantize",
                  "quantize.importance")),
          Map.entry(
              "cli.perplexity",
              List.of(
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "model",
                  "perplexity")),
          Map.entry(
              "cli.inspect",
              List.of(
                  "architecture",
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "gguf",
                  "model",
                  "placement",
                  "quantize.checkpoint",
                  "tokenizer")),
          Map.entry(
              "cli.embed",
              List.of("cli.command", "cli.options", "cli.terminal", "engine", "model")),
          Map.entry(
              "cli.devices",
              List.of(
                  "cli.command",
                  "cli.options",
                  "cli.output",
                  "cli.terminal",
                  "engine",
                  "ggml",
                  "model",
                  "placement")),
          Map.entry(
              "cli",
              List.of(
                  "cli.batch",
                  "cli.bench",
                  "cli.command",
                  "cli.convert",
                  "cli.devices",
                  "cli.embed",
                  "cli.inspect",
                  "cli.options",
                  "cli.perplexity",
                  "cli.quantize",
                  "cli.run",
                  "cli.terminal",
                  "model")));

  static final List<String> PACKAGES = List.copyOf(DOORS.keySet());

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.mor4j");

  @Test
  void everyPackageHasItsDoors() {
    assertThat(
            CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.startsWith(BASE + "tests"))
                .map(name -> name.substring(BASE.length()))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(PACKAGES);
  }

  @ParameterizedTest
  @FieldSource("PACKAGES")
  void importsOnlyThroughItsDoors(String name) {
    List<String> allowed = DOORS.get(name);

    noClasses()
        .that()
        .resideInAPackage(BASE + name)
        .should()
        .dependOnClassesThat(
            new DescribedPredicate<>("are ours, and neither of its package nor of " + allowed) {
              @Override
              public boolean test(JavaClass other) {
                return other.getPackageName().startsWith(BASE)
                    && !other.getPackageName().equals(BASE + name)
                    && !allowed.contains(other.getPackageName().substring(BASE.length()));
              }
            })
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.mor4j.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** {@code weights} reads one small array; {@code quantize} maps checkpoints. */
  @Test
  void nativeMemoryStaysInItsPackages() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            BASE + "ggml..",
            BASE + "gguf",
            BASE + "natives",
            BASE + "graph",
            BASE + "weights",
            BASE + "quantize..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void onlyLoaderAndCheckOfWeightsTouchTheirMemory() {
    noClasses()
        .that()
        .resideInAPackage(BASE + "weights")
        .and()
        .doNotHaveSimpleName("WeightLoader")
        .and()
        .doNotHaveSimpleName("NonFiniteWeights")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void nobodyReadsRawAddresses() {
    noClasses()
        .that()
        .resideOutsideOfPackage(FFI)
        .should()
        .callMethod(MemorySegment.class, "address")
        .check(CLASSES);
  }

  @ParameterizedTest
  @FieldSource("NATIVE_FREE")
  void runsWithoutAnyNativeLibrary(String name) {
    noClasses()
        .that()
        .resideInAPackage(BASE + name)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(BASE + "ggml..", BASE + "natives", "java.lang.foreign..")
        .check(CLASSES);
  }

  static final List<String> NATIVE_FREE =
      List.of("files", "model", "tokenizer", "sampling", "routing", "batch");

  /** jextract's own tracing, which nobody turns on, prints too. */
  @Test
  void onlyTheCommandLineEndsTheProcessAndPrints() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BASE + "cli", FFI)
        .and()
        .doNotHaveSimpleName("CommandLoggerFinder") // the JDK makes it, without arguments
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }
}
