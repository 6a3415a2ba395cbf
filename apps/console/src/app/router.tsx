import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { filterOf, searchOf } from '../pages/notifications/filter.ts';
import { AppRoot } from '../shell/app-root.tsx';
import { PageFailed } from '../shell/page-failed.tsx';
import { PageMissing } from '../shell/page-missing.tsx';

const rootRoute = createRootRoute({ component: AppRoot, notFoundComponent: PageMissing });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/notifications', replace: true });
  },
});

export const notificationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/notifications',
  validateSearch: (search: Record<string, string>) => searchOf(filterOf(search)),
  component: lazyRouteComponent(
    () => import('../pages/notifications/notifications-page.tsx'),
    'NotificationsPage',
  ),
});

export const notificationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/notifications/$uuid',
  component: lazyRouteComponent(
    () => import('../pages/notification/notification-page.tsx'),
    'NotificationPage',
  ),
});

const routeTree = rootRoute.addChildren([homeRoute, notificationsRoute, notificationRoute]);

/** Addresses are plain: `?status=new,running`, every value a string. */
export const createConsoleRouter = () =>
  createRouter({
    routeTree,
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailed,
    parseSearch: text => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: search => {
      const text = new URLSearchParams(search as Record<string, string>).toString();
      return text === '' ? '' : `?${text}`;
    },
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
