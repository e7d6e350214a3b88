package dev.mor4j.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the file that has the output's name. */
class OutputFileTest {
  @TempDir private Path folder;

  private static void write(Path target, String text) throws IOException {
    try (OutputFile file = OutputFile.create(target)) {
      file.append(ByteBuffer.wrap(text.getBytes(UTF_8)));
      file.commit();
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Runs a command; its standard output. */
  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void regularFileIsReplacedWhenTheOutputIsComplete() throws IOException {
    Path target = Files.writeString(folder.resolve("out"), "old");

    try (OutputFile file = OutputFile.create(target)) {
      file.append(ByteBuffer.wrap("new".getBytes(UTF_8)));
      assertThat(target).hasContent("old");
      file.commit();
    }

    assertThat(target).hasContent("new");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void outputThatIsNotCommittedLeavesTheOldFileOnly() throws IOException {
    Path target = Files.writeString(folder.resolve("out"), "old");

    try (OutputFile file = OutputFile.create(target)) {
      file.append(ByteBuffer.wrap("new".getBytes(UTF_8)));
    }

    assertThat(target).hasContent("old");
    assertThat(names()).containsExactly("out");
  }

  @Test
  void symbolicLinkStaysAndItsTargetIsReplaced() throws IOException {
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path inner = Files.createSymbolicLink(folder.resolve("inner"), Path.of("target"));
    Path outer = Files.createSymbolicLink(folder.resolve("outer"), inner);

    write(outer, "new");

    assertThat(outer).isSymbolicLink();
    assertThat(inner).isSymbolicLink();
    assertThat(target).hasContent("new");
    assertThat(names()).containsExactly("inner", "outer", "target");
  }

  @Test
  void symbolicLinkToAFreeNameStaysAndTheFileIsCreated() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("target"));

    write(link, "new");

    assertThat(link).isSymbolicLink();
    assertThat(folder.resolve("target")).hasContent("new");
  }

  @Test
  void circleOfLinksIsRefused() throws IOException {
    Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));

    assertThatThrownBy(() -> OutputFile.create(folder.resolve("a")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(folder.resolve("a") + ": more than 40 symbolic links");
  }

  @Test
  void pipeGetsTheBytesAndStays() throws Exception {
    Path pipe = folder.resolve("pipe");
    run("mkfifo", pipe.toString());
    CompletableFuture<String> reader =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run("head", "-c", "3", pipe.toString());
              } catch (IOException | InterruptedException failure) {
                throw new IllegalStateException(failure);
              }
            });

    write(pipe, "new");

    assertThat(FileKind.of(pipe)).isEqualTo(FileKind.PIPE);
    assertThat(reader.get()).isEqualTo("new");
    assertThat(names()).containsExactly("pipe");
  }

  /** Through a link: tests must not risk the device itself, which root could replace. */
  @Test
  void deviceGetsTheBytesAndStays() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("null"), Path.of("/dev/null"));

    OutputTarget target = OutputTarget.of(link);
    Files.delete(link);

    assertThat(target.kind()).isEqualTo(OutputTarget.Kind.STREAM);
    assertThat(target.file()).isEqualTo(Path.of("/dev/null"));
  }

  @Test
  void folderIsRefused() {
    assertThatThrownBy(() -> OutputFile.create(folder))
        .hasMessage(folder + ": expected a file, found a folder");
  }

  @Test
  void socketIsRefusedAndStays() throws IOException {
    Path socket = folder.resolve("s");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));

      assertThatThrownBy(() -> write(socket, "new"))
          .hasMessage(socket + ": expected a file, found a socket");
      assertThat(FileKind.of(socket)).isEqualTo(FileKind.SOCKET);
    }
  }

  @Test
  void missingFolderIsNamed() {
    Path target = folder.resolve("no/out");

    assertThatThrownBy(() -> OutputFile.create(target))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(target + ": no such folder: %s; create it first", folder.resolve("no"));
  }

  @Test
  void inputUnderAnotherNameIsRefused() throws IOException {
    Path input = Files.writeString(folder.resolve("in"), "text");
    Path hardLink = Files.createLink(folder.resolve("hard"), input);
    Path symbolicLink = Files.createSymbolicLink(folder.resolve("soft"), input);
    Path missing = folder.resolve("missing");

    for (Path output : List.of(input, hardLink, symbolicLink, folder.resolve("./in"))) {
      assertThatThrownBy(() -> OutputTarget.of(output).requireNotIn(List.of(missing, input)))
          .hasMessage(
              output + ": the output is the same file as the input %s: name another output", input);
    }
    OutputTarget other = OutputTarget.of(folder.resolve("other"));
    assertThat(other.requireNotIn(List.of(missing, input))).isSameAs(other);
  }

  /** A disk that is full names no file, and neither does a limit on the size of files. */
  @Test
  void failedWriteNamesTheFile() throws IOException, InterruptedException {
    Path target = folder.resolve("out");

    String output = runWriter("ulimit -f 1; ", "write", target);

    assertThat(output).matches("\\Q" + target + "\\E: writing failed .*: .+\\R");
    assertThat(names()).isEmpty();
  }

  @Test
  void fileCreatedWhileTheProcessEndsIsNotLeftBehind() throws IOException, InterruptedException {
    Path target = folder.resolve("out");

    String output = runWriter("", "create-on-exit", target);

    assertThat(output).contains("the process is ending");
    assertThat(names()).isEmpty();
  }

  /** Through a link of our own: a fault here must not replace {@code /dev/stdout} itself. */
  private Path linkToStandardOutput() throws IOException {
    return Files.createSymbolicLink(folder.resolve("stdout"), Path.of("/proc/self/fd/1"));
  }

  @Test
  void standardOutputGetsTheBytes() throws IOException, InterruptedException {
    Path link = linkToStandardOutput();

    assertThat(OutputTarget.of(OutputTarget.STANDARD_OUTPUT).kind())
        .isEqualTo(OutputTarget.Kind.STANDARD_OUTPUT);
    assertThat(runWriter("", "write-little", link)).isEqualTo("new");
    assertThat(runWriter("", "write-little", Path.of("/proc/self/fd/1"))).isEqualTo("new");
    assertThat(runWriter("exec 5>&1; ", "write-little", Path.of("/proc/self/fd/5")))
        .isEqualTo("new");
    assertThat(link).isSymbolicLink();
  }

  /** The redirected file is appended to, as by any other command. */
  @Test
  void standardOutputThatIsAFileIsNotReplaced() throws IOException, InterruptedException {
    Path link = linkToStandardOutput();
    Path redirected = Files.writeString(folder.resolve("redirected"), "old ");
    String redirection = "exec >>'%s'; ".formatted(redirected);

    assertThat(runWriter(redirection, "write-little", link)).isEmpty();

    assertThat(redirected).hasContent("old new");
    assertThat(names()).containsExactly("redirected", "stdout");
  }

  private static String runWriter(String prefix, String action, Path target)
      throws IOException, InterruptedException {
    return run(
        "sh",
        "-c",
        prefix + "exec \"$@\"",
        "sh",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        OutputFileWriter.class.getName(),
        action,
        target.toString());
  }
}
