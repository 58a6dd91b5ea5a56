// The desks that the fleet's edges ask, all behind one door of the registry's process, and where they are found.

import { startDeskDoor } from "#shared/bus/desk-door.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { adapterAnswers } from "#services/adapter-intake/adapter-answers.ts";
import { booksAnswers } from "#services/tenant-books/books-answers.ts";
import { announceDesk } from "./desk-place.ts";
import type { FleetProcess } from "./fleet-process.ts";
import { openDoor } from "./open-door.ts";
import type { IntakeSettings } from "./open-intake.ts";
import { openIntake } from "./open-intake.ts";

export interface DeskSettings extends IntakeSettings {
  readonly intakePort: number;
}

export async function openDesks(
  opened: FleetProcess,
  settings: DeskSettings,
  books: BooksDesk,
): Promise<void> {
  const { servers, fleet, log, plan } = opened;
  const { coordination, trust } = servers;
  const { closers, config } = plan;
  const intake = await openIntake(opened, settings);
  const onFault = (error: unknown): void =>
    log.say("error", "a desk for edges failed", { reason: String(error).slice(0, 200) });
  const desks = new Map([
    ...(intake === undefined ? [] : adapterAnswers({ desk: intake, fleet })),
    booksAnswers(books),
  ]);
  const door = startDeskDoor(
    { desks, trust, onFault },
    { host: config.listenHost, port: settings.intakePort },
  );
  const port = await openDoor(closers, "FAIRLEAD_INTAKE_PORT", door);
  const place = `${config.advertiseHost}:${port}`;
  await announceDesk(coordination, "books", place);
  await announceDesk(coordination, "intake", intake === undefined ? "" : place);
}
