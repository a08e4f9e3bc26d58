return await Hoop.Cli.CommandLine.HoopCommand.Run(args, Console.Out, Console.Error);
