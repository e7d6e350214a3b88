package dev.mor4j.tests.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.ggml.Device;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers are told to write compiles against the public packages, and runs. */
class GuideTest {
  private static final Path HOME = Path.of(System.getProperty("mor4j.home"));
  private static final Path EXAMPLE = HOME.resolve("examples/parallel-prompts");
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern VERSION = Pattern.compile("<(mor4j\\.)?version>([\\d.]+)<");

  @TempDir private Path folder;

  @Test
  void codeOfTheGuideCompiles() throws Exception {
    List<String> blocks = blocks(HOME.resolve("runtime/GUIDE.md"));

    assertThat(blocks).hasSizeGreaterThan(10);
    assertThat(compile(sources(blocks))).isEmpty();
  }

  @Test
  void codeOfTheReadmeCompiles() throws Exception {
    List<String> blocks = blocks(HOME.resolve("README.md"));

    assertThat(blocks).isNotEmpty();
    assertThat(compile(sources(blocks))).isEmpty();
  }

  @Test
  void firstProgramOfTheGuideWritesAText() throws Exception {
    assertThat(compile(sources(blocks(HOME.resolve("runtime/GUIDE.md"))))).isEmpty();

    String output = run("FirstTokens");

    assertThat(output).matches("(?s).{100,}\nmean depth [012]\\.\\d+\n");
  }

  @Test
  void exampleAnswersEachPromptAndABadOne() throws Exception {
    Path source = EXAMPLE.resolve("src/main/java/dev/mor4j/examples/ParallelPrompts.java");

    String errors = compile(List.of(source));
    String output =
        run("dev.mor4j.examples.ParallelPrompts", "The frog", "word ".repeat(300), "Mia");

    assertThat(errors).isEmpty();
    assertThat(output)
        .matches(
            """
            (?s)The frog .{40,}
            \\[\\d+ tokens, mean depth [123]\\.\\d\\d of 3]

            no answer: prompt: expected at most 256 tokens.*

            Mia.{40,}
            \\[\\d+ tokens, mean depth [123]\\.\\d\\d of 3]

            \\d+ tokens, [1-9]\\.\\d rows in each run of the shared block
            """);
  }

  @Test
  void pagesNameTheVersionOfThisBuild() throws IOException {
    String version = versions(HOME.resolve("pom.xml")).getFirst();

    assertThat(versions(EXAMPLE.resolve("pom.xml"))).contains(version);
    assertThat(Files.readString(EXAMPLE.resolve("pom.xml")))
        .contains("<mor4j.version>" + version + "<");
    assertThat(versions(HOME.resolve("runtime/GUIDE.md"))).containsOnly(version);
  }

  private static List<String> versions(Path file) throws IOException {
    return VERSION.matcher(Files.readString(file)).results().map(each -> each.group(2)).toList();
  }

  private static List<String> blocks(Path page) throws IOException {
    return JAVA.matcher(Files.readString(page)).results().map(block -> block.group(1)).toList();
  }

  /** A block that begins with an import is a whole file, any other the inside of a method. */
  private List<Path> sources(List<String> blocks) throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String block : blocks) {
      String name = "Block" + sources.size();
      String source = surrounded(block, name);
      if (block.startsWith("import")) {
        Matcher type = Pattern.compile("class (\\w+)").matcher(block);
        assertThat(type.find()).isTrue();
        name = type.group(1);
        source = block;
      }
      sources.add(Files.writeString(folder.resolve(name + ".java"), source));
    }
    return sources;
  }

  /** A page's block in a method that has all that the page speaks of. */
  private static String surrounded(String block, String name) {
    return imports()
        + """
        class %s {
          Model model;
          Engine engine;
          GenerationRequest request;

          void show() throws Exception {
            %s
          }
        }
        """
            .formatted(name, block);
  }

  /** All that the page's blocks may name without saying where it is from. */
  private static String imports() {
    return Stream.of(
            "dev.mor4j.engine",
            "dev.mor4j.model",
            "dev.mor4j.sampling",
            "dev.mor4j.tokenizer",
            "java.nio.charset",
            "java.nio.file",
            "java.time",
            "java.util",
            "java.util.concurrent")
        .map("import %s.*;\n"::formatted)
        .collect(Collectors.joining());
  }

  /** What the compiler says; with the jars as modules, it sees exported packages only. */
  private String compile(List<Path> sources) throws IOException, URISyntaxException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "--module-path",
            classPath(Engine.class, Device.class, NullMarked.class, jacksonClass()),
            "--add-modules",
            "dev.mor4j.runtime",
            "-proc:none",
            "-d",
            folder.toString());
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      boolean isCompiled =
          compiler
              .getTask(
                  messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      return isCompiled ? "" : "not compiled: " + messages;
    }
  }

  private static Class<?> jacksonClass() {
    return com.fasterxml.jackson.core.JsonFactory.class;
  }

  private static String classPath(Class<?>... types) throws URISyntaxException {
    List<String> places = new ArrayList<>();
    for (Class<?> type : types) {
      places.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return String.join(System.getProperty("path.separator"), places);
  }

  /** Runs a compiled class on the demo model, in a process of its own. */
  private String run(String mainClass, String... prompts) throws Exception {
    Path model = HOME.resolve("models/mor-tiny-expert-q8_0.gguf");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "--illegal-native-access=deny",
                    "-cp",
                    Stream.of(folder.toString(), System.getProperty("java.class.path"))
                        .collect(Collectors.joining(System.getProperty("path.separator"))),
                    mainClass,
                    model.toString()),
                Stream.of(prompts))
            .toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
