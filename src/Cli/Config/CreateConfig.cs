using System.CommandLine;
using System.Text;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;

namespace Hoop.Cli.Config;

/// <summary><c>hoop config create</c>: writes the configuration file anew.</summary>
internal static class CreateConfig
{
    public static Command Command()
    {
        var apiUrl = new Option<string?>("--api-url") { Description = "Address of the gateway", HelpName = "URL", Required = true };
        var tokenFile = new Option<string?>("--token-file")
        {
            Description = "File that holds your token; - is standard input. Without it, HOOP_TOKEN",
            HelpName = "FILE",
        };
        var tlsCa = new Option<string?>("--tls-ca")
        {
            Description = "PEM file of the authority that signed the gateway's certificate",
            HelpName = "FILE",
        };
        var skipTlsVerify = new Option<bool>("--skip-tls-verify")
        {
            Description = "Do not verify the gateway's certificate: for trials only",
        };
        var grpcUrl = new Option<string?>("--grpc-url")
        {
            Description = "Kept in the file for other clients; not used here",
            HelpName = "URL",
        };

        return new Verb("create", "Write the configuration file; an earlier one is replaced")
        {
            apiUrl, tokenFile, tlsCa, skipTlsVerify, grpcUrl,
        }.With("""
            hoop config create --api-url http://127.0.0.1:8009 --token-file .hoop/admin-token
            HOOP_TOKEN=$TOKEN hoop config create --api-url https://hoop.example.com
            """).Does(call =>
        {
            var values = new List<KeyValuePair<string, string>>();
            var token = call.Value(tokenFile) is { } file ? InputFile.Token("--token-file", file)
                : Environment.GetEnvironmentVariable("HOOP_TOKEN")?.Trim() is { Length: > 0 } variable
                    ? Settings.ParseToken("HOOP_TOKEN", variable)
                : null;
            Add("token", token);
            Add("api_url", Settings.ParseApiUrl("--api-url", call.Value(apiUrl)!).ToString().TrimEnd('/'));
            Add("grpc_url", call.Value(grpcUrl));
            if (call.Value(tlsCa) is { } authority)
            {
                var pem = InputFile.Text("--tls-ca", authority);
                Settings.ParseAuthorities("--tls-ca", pem);
                Add("tls_ca", Convert.ToBase64String(Encoding.UTF8.GetBytes(pem)));
            }

            Add("skip_tls_verify", call.Value(skipTlsVerify) ? "true" : null);

            var path = ConfigFile.PathFor(call.Variable);
            var lost = token is null && HeldToken(path);
            ConfigFile.Write(path, values);
            call.Line($"created {path}");
            if (lost)
            {
                call.Warning(
                    "the token that the file held is gone: it is not sent to another address; "
                        + "name one with --token-file, or set HOOP_TOKEN");
            }
            else if (token is not null && File.Exists(SessionPath.For(call.Variable, new Uri(call.Value(apiUrl)!))))
            {
                call.Warning("the sign-in of hoop login is in force there and wins over this token; end it with: hoop logout");
            }
            else if (token is null)
            {
                call.Note("it holds no token: name one with --token-file, or set HOOP_TOKEN");
            }

            return Task.CompletedTask;

            // A file that cannot be read is replaced as well.
            static bool HeldToken(string path)
            {
                try
                {
                    return ConfigFile.Read(path, _ => { }).ContainsKey("token");
                }
                catch (CliFailure)
                {
                    return false;
                }
            }

            void Add(string key, string? value)
            {
                if (value is not null)
                {
                    values.Add(KeyValuePair.Create(key, value));
                }
            }
        });
    }
}
