using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Status;

/// <summary><c>hoop version</c>: of this program, and of the gateway when there is one to ask and a token to ask with.</summary>
internal static class VersionCommand
{
    public static Command Command()
    {
        var alone = new Option<bool>("--client") { Description = "Of this program alone; asks no gateway" };
        return new Verb("version", "Show the version of this program and of the gateway") { alone, Call.Output, Call.Timeout }.With("""
            hoop version
            hoop version --client
            """).For("GET /api/serverinfo").Does(async call =>
        {
            var gateway = call.Value(alone) ? null : await Gateway(call);
            if (call.Json)
            {
                var versions = new JsonObject { ["version"] = HoopCommand.Version };
                if (gateway is not null)
                {
                    versions["gateway"] = gateway;
                }

                call.Raw(versions.ToJsonString());
                return;
            }

            call.Line($"hoop {HoopCommand.Version}");
            if (gateway is not null)
            {
                call.Line($"gateway {gateway} at {call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/')}");
            }
        });
    }

    /// <summary>Null when nobody can be asked: the version of this program is an answer all the same.</summary>
    private static async Task<string?> Gateway(Call call)
    {
        try
        {
            return (await call.Api.Do(hoop => hoop.Server.GetInfo(call.Stop))).Object.Text("version");
        }
        catch (CliFailure)
        {
            return null;
        }
    }
}
