using System.Runtime.InteropServices;
using Hoop.Demo;

// The story itself, or one of the two programs that it puts into its folder.
switch (args)
{
    case ["bq", .. var rest]:
        return await BigQueryStandIn.Run(rest);
    case ["curl", .. var rest]:
        return await CurlStandIn.Run(rest);
    case not []:
        await Console.Error.WriteLineAsync("usage: ./run.sh demo (no arguments)");
        return 1;
}

using var stopping = new CancellationTokenSource();
PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
var registrations = signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
{
    context.Cancel = true;
    stopping.Cancel();
})).ToArray();
try
{
    return await Story.Tell(new Transcript(Console.Out), stopping.Token);
}
finally
{
    foreach (var registration in registrations)
    {
        registration.Dispose();
    }
}
