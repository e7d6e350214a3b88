/** What every command uses: its context, exit codes, failures and version. */
package dev.mor4j.cli.command;
