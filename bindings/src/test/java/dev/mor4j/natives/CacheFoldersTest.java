package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheFoldersTest {
  private static List<Path> folders(Map<String, String> variables, String home, String system) {
    Map<String, String> properties =
        Map.of("java.io.tmpdir", "/tmp", "user.home", home, "os.name", system);
    return CacheFolders.of(variables::get, properties::get, "1000");
  }

  @Test
  void followsThePlatformsConvention() {
    assertThat(folders(Map.of(), "/home/a", "Linux"))
        .containsExactly(Path.of("/home/a/.cache/mor4j"), Path.of("/tmp/mor4j-1000"));
    assertThat(folders(Map.of(), "/Users/a", "Mac OS X"))
        .containsExactly(Path.of("/Users/a/Library/Caches/mor4j"), Path.of("/tmp/mor4j-1000"));
    assertThat(folders(Map.of("LOCALAPPDATA", "/local"), "/a", "Windows 11"))
        .containsExactly(Path.of("/local/mor4j"), Path.of("/tmp/mor4j-1000"));
    assertThat(folders(Map.of("XDG_CACHE_HOME", "/cache"), "/home/a", "Linux"))
        .containsExactly(Path.of("/cache/mor4j"), Path.of("/tmp/mor4j-1000"));
  }

  @Test
  void relativePathsAreIgnored() {
    Map<String, String> relative = Map.of("XDG_CACHE_HOME", "cache", "HOME", "here");

    assertThat(folders(relative, "?", "Linux")).containsExactly(Path.of("/tmp/mor4j-1000"));
  }

  @Test
  void homeOfTheEnvironmentServesUsersThatTheSystemDoesNotKnow() {
    assertThat(folders(Map.of("HOME", "/home/ada"), "?", "Linux"))
        .containsExactly(Path.of("/home/ada/.cache/mor4j"), Path.of("/tmp/mor4j-1000"));
  }
}
