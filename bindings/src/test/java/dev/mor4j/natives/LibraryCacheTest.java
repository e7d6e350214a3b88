package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryCacheTest {
  private static final byte[] CONTENT = "library".repeat(10_000).getBytes(StandardCharsets.UTF_8);

  @TempDir Path temporary;

  private Path resources;
  private Path cache;
  private URLClassLoader loader;
  private LibraryIndex index;

  @BeforeEach
  void layOutResources() throws IOException {
    resources = Files.createDirectories(temporary.resolve("resources"));
    cache = temporary.resolve("cache");
    Files.write(resources.resolve("one.so"), CONTENT);
    Files.write(resources.resolve("two.so"), new byte[] {1, 2, 3});
    loader = new URLClassLoader(new URL[] {resources.toUri().toURL()}, null);
    index =
        LibraryIndex.parse(
            "one.so %s%ntwo.so %s"
                .formatted(
                    LibraryIndex.sha256(CONTENT), LibraryIndex.sha256(new byte[] {1, 2, 3})));
  }

  @AfterEach
  void close() throws IOException {
    loader.close();
  }

  private Path extract() throws IOException {
    VerifiedFolders verified = new VerifiedFolders(List.of(cache));
    return new LibraryCache(cache, verified).provide(index, name -> name, loader);
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void extractsToAFolderNamedByTheContent() throws IOException {
    Path folder = extract();

    assertThat(folder).isEqualTo(cache.resolve("natives").resolve(index.digest()));
    assertThat(filesOf(folder)).containsExactly(folder.resolve("one.so"), folder.resolve("two.so"));
    assertThat(folder.resolve("one.so")).hasBinaryContent(CONTENT);
  }

  @Test
  void writesNothingTheSecondTime() throws IOException {
    FileTime past = FileTime.fromMillis(0);
    for (Path library : filesOf(extract())) {
      Files.setLastModifiedTime(library, past);
    }

    Path folder = extract();

    for (Path library : filesOf(folder)) {
      assertThat(Files.getLastModifiedTime(library)).isEqualTo(past);
    }
  }

  @Test
  void extractsOnlyWhatIsMissing() throws IOException {
    Path folder = extract();
    Files.delete(folder.resolve("two.so"));

    extract();

    assertThat(folder.resolve("two.so")).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void replacesALibraryThatWasCutShort() throws IOException {
    Path library = extract().resolve("one.so");
    extract(); // verified, and remembered
    Files.write(library, Arrays.copyOf(CONTENT, CONTENT.length / 2));

    extract();

    assertThat(library).hasBinaryContent(CONTENT);
  }

  @Test
  void replacesALibraryThatWasAlteredInPlace() throws IOException {
    Path library = extract().resolve("one.so");
    extract();
    FileTime time = Files.getLastModifiedTime(library);
    byte[] altered = CONTENT.clone();
    altered[altered.length / 2]++;
    Files.write(library, altered);
    Files.setLastModifiedTime(library, time);

    extract();

    assertThat(library).hasBinaryContent(CONTENT);
  }

  /** A forged record could pass an altered library for a verified one. */
  @Test
  void recordsAreReadableByTheirOwnerOnly() throws IOException {
    extract();
    extract();

    assertThat(Files.getPosixFilePermissions(cache.resolve("verified")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(filesOf(cache.resolve("verified"))).hasSize(1);
  }

  @Test
  void recordsThatOthersMayHaveWrittenAreIgnored() throws IOException {
    extract();
    Path library = extract().resolve("one.so");
    Path record = filesOf(cache.resolve("verified")).getFirst();
    Files.setPosixFilePermissions(
        cache.resolve("verified"), PosixFilePermissions.fromString("rwxrwxrwx"));
    byte[] damaged = {1};
    Files.write(library, damaged);
    Files.writeString(record, forged(record, library));

    extract();

    assertThat(library).hasBinaryContent(CONTENT);
  }

  /** The record with what it says of a library replaced by what is true now. */
  private static String forged(Path record, Path library) throws IOException {
    String now =
        library.getFileName()
            + " "
            + new TreeMap<>(
                Files.readAttributes(library, "unix:dev,ino,size,lastModifiedTime,ctime"));
    return Files.readString(record)
        .replaceAll("(?m)^one\\.so \\{.*$", Matcher.quoteReplacement(now));
  }

  @Test
  void takesWritePermissionFromOthers() throws IOException {
    Path folder = extract();
    Path library = folder.resolve("one.so");
    for (Path path : List.of(cache, folder, library)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    extract();

    for (Path path : List.of(cache, folder, library)) {
      assertThat(Files.getPosixFilePermissions(path))
          .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void otherUsersMayReadTheLibraries() throws IOException {
    for (Path library : filesOf(extract())) {
      assertThat(Files.getPosixFilePermissions(library))
          .isEqualTo(
              Files.getPosixFilePermissions(Files.write(temporary.resolve("usual"), CONTENT)));
    }
  }

  @Test
  void filesOfAnotherUserAreRefused() throws IOException {
    Path library = extract().resolve("one.so");
    FileOwner user = FileOwner.current();
    int other = user.id() + 4242;
    if (user.id() == 0) {
      Files.setAttribute(library, "unix:uid", other); // root's own files are trusted by everybody
    } else {
      user = new FileOwner(other);
    }
    FileOwner reader = user;

    assertThatThrownBy(() -> reader.requireUnchangeableByOthers(library))
        .hasMessageContaining("one.so: expected a file of user %d or root", reader.id());
  }

  @Test
  void refusesADamagedResourceAndLeavesNoFile() throws IOException {
    Files.write(resources.resolve("one.so"), new byte[] {9});

    assertThatThrownBy(this::extract)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("one.so: expected SHA-256 " + LibraryIndex.sha256(CONTENT))
        .hasMessageContaining("found " + LibraryIndex.sha256(new byte[] {9}));
    assertThat(filesOf(cache.resolve("natives").resolve(index.digest()))).isEmpty();
  }

  @Test
  void refusesAListedResourceThatIsMissing() throws IOException {
    Files.delete(resources.resolve("two.so"));

    assertThatThrownBy(this::extract)
        .isInstanceOf(IOException.class)
        .hasMessage("resource two.so is listed but missing");
  }

  @Test
  void servesManyAtOnce() throws Exception {
    int count = 4;
    CyclicBarrier start = new CyclicBarrier(count);
    Callable<Path> extraction =
        () -> {
          start.await();
          return extract();
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Callable<Path>> all = List.of(extraction, extraction, extraction, extraction);

      List<Future<Path>> results = threads.invokeAll(all);

      for (Future<Path> result : results) {
        assertThat(filesOf(result.get())).hasSize(2);
        assertThat(result.get().resolve("one.so")).hasBinaryContent(CONTENT);
      }
    }
  }
}
