using System.Diagnostics;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.OpenApi;

/// <summary>The document before a linter of others (redocly, its recommended rules), where Node is there.</summary>
public sealed class ApiLintTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Test]
    public async Task The_linter_finds_no_error_and_warns_of_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-lint-").FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "OpenApi", "lint")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            if (await Run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund") is var (installed, why) && installed != 0)
            {
                Assert.Ignore($"the document is not linted: Node, npm and its registry are needed for @redocly/cli: {why}");
            }

            await using (var gateway = await TestGateway.Start())
            {
                await File.WriteAllTextAsync(
                    Path.Combine(folder, "openapi.json"), await gateway.Anonymous.GetStringAsync("/openapi/v1.json"));
            }

            var (code, output) = await Run(
                folder, "node", "node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json", "--format=stylish", "--max-problems=1000");
            await TestContext.Out.WriteLineAsync(output);
            Assert.That(code, Is.Zero, output);
            Assert.That(output, Does.Not.Contain("warning  ").And.Not.Contain("warnings."), output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> Run(string folder, string program, params string[] arguments)
    {
        var start =
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };

        // It calls home otherwise.
        start.Environment["REDOCLY_TELEMETRY"] = "off";
        start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true";
        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(Limit);
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (-1, exception.Message);
        }
    }
}
