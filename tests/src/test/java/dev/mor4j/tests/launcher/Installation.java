package dev.mor4j.tests.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * The launcher {@code mor} with a build script that copies a prepared command in place of a build
 * by Maven. The command prints its arguments.
 */
final class Installation {
  private static final String BUILD =
      """
      #!/bin/sh
      set -eu
      here=$(cd -- "$(dirname -- "$0")" && pwd)
      echo built >>"$here/builds"
      [ ! -f "$here/broken" ] || { echo "mor4j: cmake not found: install it."; exit 1; }
      for argument; do case $argument in -Dmor.folder=*) folder=${argument#*=} ;; esac; done
      mkdir -p "$here/cli/target/$folder/lib" "$here/native-ggml/target/classes/META-INF/native/test"
      cp "$here"/jars/*.jar "$here/cli/target/$folder/lib"
      echo none >"$here/native-ggml/target/classes/META-INF/native/test/libraries.txt"
      """;

  private static final Map<String, String> COMMAND =
      Map.of(
          "dev.mor4j.bindings/module-info.java",
          "module dev.mor4j.bindings {}",
          "dev.mor4j.cli/module-info.java",
          "module dev.mor4j.cli { requires dev.mor4j.bindings; }",
          "dev.mor4j.cli/dev/mor4j/cli/MorCli.java",
          """
          package dev.mor4j.cli;
          public final class MorCli {
            public static void main(String[] args) {
              java.io.PrintStream out = new java.io.PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);
              for (String each : args) out.println(each);
            }
          }
          """);

  private final Path root;

  private Installation(Path root) {
    this.root = root;
  }

  /** Lays out everything but a build, which the launcher starts at first use. */
  static Installation in(Path root) throws IOException {
    Path home = Path.of(System.getProperty("mor4j.home"));
    Files.createDirectories(root.resolve(".mvn"));
    for (String name : List.of("mor", ".mvn/find-jdk.sh", ".mvn/ModernClasses.java")) {
      Files.copy(home.resolve(name), root.resolve(name));
    }
    Files.writeString(root.resolve("build"), BUILD);
    Files.writeString(root.resolve("pom.xml"), "");
    for (String name : List.of("mor", "build")) {
      Files.setPosixFilePermissions(
          root.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    makeJars(root);
    return new Installation(root);
  }

  private static void makeJars(Path root) throws IOException {
    Path sources = root.resolve("sources");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-d",
                root.resolve("classes").toString(),
                "--module-source-path",
                sources.toString()));
    for (Map.Entry<String, String> source : COMMAND.entrySet()) {
      Path file = sources.resolve(source.getKey());
      Files.createDirectories(file.getParent());
      arguments.add(Files.writeString(file, source.getValue()).toString());
    }
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(failed).isZero();
    Path jars = Files.createDirectory(root.resolve("jars"));
    for (String module : List.of("dev.mor4j.bindings", "dev.mor4j.cli")) {
      jar(jars.resolve(module + ".jar"), root.resolve("classes").resolve(module));
    }
    jar(jars.resolve("picocli-1.jar"), Files.createDirectory(root.resolve("empty")));
  }

  private static void jar(Path jar, Path classes) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> entries = Files.walk(classes)) {
      for (Path entry : entries.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(entry).toString()));
        Files.copy(entry, out);
      }
      if (jar.endsWith("picocli-1.jar")) {
        out.putNextEntry(new JarEntry("picocli/version.txt"));
      }
    }
  }

  Path file(String name) {
    return root.resolve(name);
  }

  /** Builds that were started. */
  int buildCount() throws IOException {
    return Files.exists(file("builds")) ? Files.readAllLines(file("builds")).size() : 0;
  }

  /**
   * What a start of the launcher did.
   *
   * @param output standard output and error together
   */
  record Outcome(int exitCode, String output) {}

  /** Runs a shell script in the folder of the launcher, without any locale. */
  Outcome shell(Map<String, String> variables, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("PATH", System.getenv("PATH"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Outcome(process.waitFor(), output);
  }

  Outcome mor(String... arguments) throws IOException, InterruptedException {
    return shell(
        Map.of(), Stream.concat(Stream.of("./mor"), Stream.of(arguments)).toArray(String[]::new));
  }
}
