using Hoop.Cli;
using Hoop.Cli.Agent.Execution;
using Hoop.Cli.Output;
using Hoop.Cli.Sessions;

if (args is ["start", "agent", ..] && OperatingSystem.IsLinux())
{
    ProcessImage.CloseDiagnostics();
}

var isLinux = OperatingSystem.IsLinux();
return await HoopCommand.Run(
    args,
    Standard.Output(isLinux ? new StandardWriter(1) : Console.OpenStandardOutput()),
    Standard.Error(isLinux ? new StandardWriter(2, isForgiving: true) : Console.OpenStandardError()));
