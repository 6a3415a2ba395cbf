import { Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { useLiveStream } from '../api/use-live-stream.ts';
import { ColorSchemeSwitch } from './color-scheme-switch.tsx';
import { LiveMark } from './live-mark.tsx';
import { Logo } from './logo.tsx';
import { PageLinks } from './page-links.tsx';
import { PauseBanner } from './pause-banner.tsx';
import { SessionMenu } from './session-menu.tsx';
import styles from './shell.module.css';

/** What surrounds every page of somebody who is signed in; the live stream runs as long as it stands. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  useLiveStream();
  return (
    <div className={styles.frame}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className={styles.header}>
        <Group gap="sm" wrap="nowrap">
          <Burger
            className={styles.narrowOnly}
            size="sm"
            opened={opened}
            onClick={toggle}
            aria-label="Pages"
            aria-expanded={opened}
            aria-controls="pages"
          />
          <Logo />
        </Group>
        <Group gap="sm" wrap="nowrap">
          <LiveMark />
          <ColorSchemeSwitch />
          <SessionMenu />
        </Group>
      </header>
      <nav id="pages" className={styles.pages} aria-label="Pages" data-opened={opened || undefined}>
        <PageLinks onFollow={close} />
      </nav>
      <main id="main" className={styles.main} tabIndex={-1}>
        <PauseBanner />
        <Outlet />
      </main>
    </div>
  );
}
