package dev.mor4j.cli.command;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints; no native library is loaded for it. */
public final class VersionText implements IVersionProvider {
  private static final String RESOURCE = "version.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties versions = versions();
    return new String[] {
      "mor %s (ggml %s, Java %s)"
          .formatted(
              versions.getProperty("mor"),
              versions.getProperty("ggml"),
              System.getProperty("java.version"))
    };
  }

  /** The version of this command alone. */
  public String morVersion() throws IOException {
    return versions().getProperty("mor", "");
  }

  private static Properties versions() throws IOException {
    Properties versions = new Properties();
    try (InputStream resource = VersionText.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new FileNotFoundException(RESOURCE + ": not in the jar of mor");
      }
      versions.load(resource);
    }
    return versions;
  }
}
